"""The whole configuration as one value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from webhooks.config.sections import Flower, Log, Redis, Retention, Retry, Sentry, Web, Worker
from webhooks.config.source import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The whole configuration, read once and never changed."""

    redis: Redis = field(default_factory=Redis)
    web: Web = field(default_factory=Web)
    worker: Worker = field(default_factory=Worker)
    retry: Retry = field(default_factory=Retry)
    retention: Retention = field(default_factory=Retention)
    sentry: Sentry = field(default_factory=Sentry)
    flower: Flower = field(default_factory=Flower)
    log: Log = field(default_factory=Log)
    sources: Mapping[str, Source] = field(default_factory=lambda: MappingProxyType({}))
