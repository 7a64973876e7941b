"""How commands speak: aligned tables for people, JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from webhooks.store.record import Record

STYLES = {
    "succeeded": "green",
    "running": "cyan",
    "queued": "cyan",
    "waiting": "yellow",
    "dead": "red",
    "discarded": "dim",
    "unhandled": "dim",
}


def console() -> Console:
    """Return a console that neither wraps what a program may read nor colours what it pipes."""
    found = Console(highlight=False, soft_wrap=True)
    if not found.is_terminal:
        found = Console(highlight=False, soft_wrap=True, width=400)
    return found


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    """Return a table without lines; cells may hold markup, so callers escape what others wrote.

    On a narrow terminal cells fold, except ids, which people copy.
    """
    headed = any(columns)
    found = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0), show_header=headed)
    for position, column in enumerate(columns):
        whole = max((len(row[position]) for row in rows), default=0) if column == "id" else None
        found.add_column(column, overflow="fold", no_wrap=column == "id", min_width=whole)
    for row in rows:
        found.add_row(*row)
    return found


def print_json(content: Any) -> None:
    """Write one JSON document; whatever is not ASCII is escaped."""
    click.echo(json.dumps(content, indent=2))


def plain(text: str) -> str:
    """Return what others wrote in a form that cannot move a cursor or be read as markup."""
    return escape("".join(char if char.isprintable() else repr(char)[1:-1] for char in text))


def state_cell(state: str) -> str:
    """Return a state in its colour."""
    style = STYLES.get(state, "default")
    return f"[{style}]{state}[/{style}]"


def moment(seconds: float | None) -> str:
    """Return a time (UTC) for people, or a dash."""
    if seconds is None:
        return "-"
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")


def rfc3339(seconds: float | None) -> str | None:
    """Return a time for programs: RFC 3339 in UTC, with milliseconds."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def record_json(record: Record) -> dict[str, Any]:
    """Return an event as `--json` shows it; neither body nor headers are in it."""
    event = record.event
    return {
        "id": event.id,
        "source": event.source,
        "type": event.type,
        "state": str(record.state),
        "attempts": event.attempt,
        "received_at": rfc3339(event.received_at),
        "next_at": rfc3339(record.next_at),
        "lease_until": rfc3339(record.lease_until),
        "ended_at": rfc3339(record.ended_at),
        "error": record.error or None,
        "body_bytes": record.body_bytes,
        "handlers": [
            {
                "name": handler.name,
                "state": handler.state,
                "attempt": handler.attempt,
                "error": handler.error or None,
            }
            for handler in record.handlers
        ],
    }
