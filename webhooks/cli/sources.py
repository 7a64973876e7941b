"""What the commands take from a configured source beside its provider."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import click

from webhooks.config import Settings, Source
from webhooks.signatures import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldSecret:
    """One configured secret.

    Attributes:
        value: the secret itself.
        not_before: seconds since the epoch (UTC) before which it proves nothing, or None.
        not_after: seconds since the epoch (UTC) after which it proves nothing, or None.
    """

    value: Secret = field(repr=False)
    not_before: float | None = None
    not_after: float | None = None

    def valid(self, now: float) -> bool:
        """Say whether it may prove anything at `now`, in seconds since the epoch (UTC)."""
        return (self.not_before is None or self.not_before <= now) and (
            self.not_after is None or now <= self.not_after
        )


def held_secrets(source: Source) -> tuple[HeldSecret, ...]:
    """Return a source's secrets in the order configured."""
    return tuple(
        HeldSecret(
            value=getattr(one, "value", one),
            not_before=getattr(one, "not_before", None),
            not_after=getattr(one, "not_after", None),
        )
        for one in source.secrets
    )


def options_of(source: Source) -> Mapping[str, Any]:
    """Return what the source configures beside its secrets."""
    found: Mapping[str, Any] = getattr(source, "options", {})
    return found


def public_url_of(source: Source) -> str | None:
    """Return the URL under which the provider knows this source, where one is configured."""
    found: str | None = getattr(source, "public_url", None)
    return found


def source_named(settings: Settings, name: str) -> Source:
    """Return a configured source.

    Raises:
        click.UsageError: there is none of that name.
    """
    if name not in settings.sources:
        known = ", ".join(settings.sources) or "none"
        msg = f"no source is called {name!r}; configured: {known}"
        raise click.UsageError(msg)
    return settings.sources[name]
