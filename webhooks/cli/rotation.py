"""`hookline providers --secrets`: which secrets are in use, and which can be deleted."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import click
from rich.text import Text

from webhooks.cli.output import Cell, console, moment, print_json, rfc3339, table
from webhooks.cli.running import connect, open_settings
from webhooks.config import Source, SourceSecret
from webhooks.providers.document import duration
from webhooks.providers.preset import DAY, HOUR, MINUTE
from webhooks.store.secret_uses import secret_uses

COLUMNS = ("source", "number", "fingerprint", "from (UTC)", "until (UTC)", "used", "last (UTC)", "state")


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One secret and how it is used.

    Attributes:
        source: whose it is.
        number: its position in the configuration, from 1.
        fingerprint: names it without telling it.
        held: the secret.
        count: how often it has proven a sender.
        last: when it last did, in seconds since the epoch (UTC), or None.
        state: a word for people.
        deletable: whether it can be deleted.
    """

    source: str
    number: int
    fingerprint: str
    held: SourceSecret
    count: int
    last: float | None
    state: str
    deletable: bool


def show_secrets(data: Path, *, as_json: bool) -> None:
    """Show every configured secret by its fingerprint.

    Raises:
        Misconfigured: the configuration has faults.
        NotRunning: no Redis is named and none is found.
        Unavailable: the store does not answer.
    """
    settings = open_settings(data, secrets=True)
    connection = connect(settings, data)
    now = time.time()
    found = [
        use
        for source in settings.sources.values()
        for use in uses_of(source, secret_uses(connection, source.name), now)
    ]
    if as_json:
        print_json([_content(use) for use in found])
    elif found:
        console().print(table(COLUMNS, [_row(use) for use in found]))
    else:
        click.echo("no source has a secret")


def uses_of(source: Source, uses: Mapping[str, tuple[int, float]], now: float) -> list[Use]:
    """Return how each secret of a source is used at `now`, in seconds since the epoch (UTC).

    Args:
        source: whose secrets.
        uses: what `webhooks.store.secret_uses` found.
        now: our clock.
    """
    # An event that was signed with the old secret may come for as long as the provider tries again.
    patience = max(DAY, source.provider.retry_window)
    # Of those that are configured: what a deleted one once proved is no reason to delete another.
    known = [uses[held.fingerprint] for held in source.secrets if held.fingerprint in uses]
    latest = max((last for _, last in known), default=0.0)
    found = []
    for number, held in enumerate(source.secrets, 1):
        count, at = uses.get(held.fingerprint, (0, 0.0))
        last = at if count else None
        state, deletable = _state(held, last, latest, patience, now)
        found.append(
            Use(
                source=source.name,
                number=number,
                fingerprint=held.fingerprint,
                held=held,
                count=count,
                last=last,
                state=state,
                deletable=deletable,
            )
        )
    return found


def _state(
    held: SourceSecret, last: float | None, latest: float, patience: float, now: float
) -> tuple[str, bool]:
    """Return the word for a secret, and whether it can be deleted; all times in seconds."""
    if held.not_after is not None and held.not_after < now:
        return "expired: can be deleted", True
    if held.not_before is not None and held.not_before > now:
        return "not valid yet", False
    if last is None:
        return "never used", False
    if latest > last and now - last > patience:
        return f"not used for {_ago(now - last)}: can be deleted", True
    return "in use", False


def _ago(seconds: float) -> str:
    unit = DAY if seconds >= DAY else HOUR if seconds >= HOUR else MINUTE
    return duration(max(seconds // unit, 1) * unit) or "0 s"


def _row(use: Use) -> tuple[Cell, ...]:
    colour = "yellow" if use.deletable else "green" if use.state == "in use" else "default"
    return (
        use.source,
        str(use.number),
        use.fingerprint,
        moment(use.held.not_before),
        moment(use.held.not_after),
        str(use.count),
        moment(use.last),
        Text(use.state, style=colour),
    )


def _content(use: Use) -> dict[str, object]:
    return {
        "source": use.source,
        "number": use.number,
        "fingerprint": use.fingerprint,
        "not_before": rfc3339(use.held.not_before),
        "not_after": rfc3339(use.held.not_after),
        "used": use.count,
        "last_used": rfc3339(use.last),
        "state": use.state,
        "deletable": use.deletable,
    }
