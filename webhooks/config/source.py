"""One configured endpoint, as the rest of the house sees it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from webhooks.config.sections import Retry
from webhooks.providers.preset import Provider
from webhooks.signatures import Secret
from webhooks.signatures.fingerprint import fingerprint


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSecret:
    """One secret of a source, and when it holds.

    Attributes:
        value: the secret: a text, or a table where a provider's credentials come in several parts.
        not_before: seconds (UTC) before which it proves nothing, or None.
        not_after: seconds (UTC) from which it proves nothing more, or None.
        fingerprint: what it is called wherever it is counted or listed.
    """

    value: Secret = field(repr=False)
    not_before: float | None = None
    not_after: float | None = None
    fingerprint: str = field(init=False)

    def __post_init__(self) -> None:
        """Name the secret."""
        object.__setattr__(self, "fingerprint", fingerprint(self.value))

    def holds(self, now: float) -> bool:
        """Return whether it proves a sender at `now`, in seconds (UTC)."""
        begun = self.not_before is None or self.not_before <= now
        return begun and (self.not_after is None or now < self.not_after)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One configured endpoint, `/webhooks/<name>`.

    Attributes:
        name: the name in the URL.
        provider: who signs; the preset, or what the configuration says for `hmac`.
        secrets: any of them proves a sender; several while one is being rotated out.
        max_body: bytes of the largest body taken.
        retry: when a failed handler runs again.
        key_retention: seconds for which an id is remembered.
        spool: whether its deliveries may wait on this machine's disk while the store is away.
        public_url: the URL that the sender calls, without a query, where it is not what we see.
        options: what else the provider's scheme and handshake ask for.
    """

    name: str
    provider: Provider
    secrets: tuple[SourceSecret, ...]
    max_body: int
    retry: Retry
    key_retention: float
    spool: bool = True
    public_url: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def secret_values(self) -> tuple[Secret, ...]:
        """The secrets themselves, in the order configured, whatever their dates."""
        return tuple(secret.value for secret in self.secrets)

    def secret_texts(self) -> list[str]:
        """Return every text of its secrets, for whoever must keep them out of what is shown."""
        values = self.secret_values
        return [text for value in values for text in ([value] if isinstance(value, str) else value.values())]

    @property
    def told(self) -> bool:
        """Whether its secret is told by the provider's handshake, since none is configured."""
        return self.provider.tells_secret and not self.secrets
