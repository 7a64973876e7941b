"""Finding a configured source by its name."""

from __future__ import annotations

import click

from webhooks.config import Settings, Source
from webhooks.config.spelling import did_you_mean


def source_named(settings: Settings, name: str) -> Source:
    """Return a configured source.

    Raises:
        click.UsageError: there is none of that name.
    """
    if name not in settings.sources:
        known = ", ".join(settings.sources) or "none"
        msg = f"no source is called {name!r}: {did_you_mean(name, settings.sources)}configured: {known}"
        raise click.UsageError(msg)
    return settings.sources[name]
