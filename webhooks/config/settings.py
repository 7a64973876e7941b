"""The whole configuration as one value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from urllib.parse import unquote, urlsplit

from webhooks.config.sections import Flower, Log, Redis, Retention, Retry, Sentry, Spool, Web, Worker
from webhooks.config.source import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The whole configuration, read once and never changed."""

    redis: Redis = field(default_factory=Redis)
    web: Web = field(default_factory=Web)
    spool: Spool = field(default_factory=Spool)
    worker: Worker = field(default_factory=Worker)
    retry: Retry = field(default_factory=Retry)
    retention: Retention = field(default_factory=Retention)
    sentry: Sentry = field(default_factory=Sentry)
    flower: Flower = field(default_factory=Flower)
    log: Log = field(default_factory=Log)
    sources: Mapping[str, Source] = field(default_factory=lambda: MappingProxyType({}))

    def secret_texts(self) -> tuple[str, ...]:
        """Return every secret that is configured, for whoever must keep them out of what is shown.

        A password that stands in a URL is in it twice: as written there, and as it is.
        """
        redis, sentry = urlsplit(self.redis.url), urlsplit(self.sentry.dsn)
        _, _, flower = (self.flower.basic_auth or "").partition(":")
        found = [text for source in self.sources.values() for text in source.secret_texts()]
        for password in (redis.password, sentry.username, sentry.password, flower, self.web.status_token):
            found += [password, unquote(password)] if password else []
        return tuple(dict.fromkeys(found))
