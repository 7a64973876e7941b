"""How commands speak: aligned tables for people, JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import click
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from webhooks.store.record import Record

Cell = str | Text
"""A cell of a table: printed as it stands, in a style where it is a `Text`."""

_PIPED = 4000
"""Columns for a program: an id or a type of 200 characters, each written as an escape, breaks no line."""

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
    """Return a console that prints texts as they stand: rich reads no markup and no emoji in them.

    It neither wraps what a program may read nor colours what it pipes.
    """
    found = _console()
    return found if found.is_terminal else _console(width=_PIPED)


def _console(width: int | None = None) -> Console:
    return Console(highlight=False, markup=False, emoji=False, soft_wrap=True, width=width)


def table(columns: Sequence[str], rows: Sequence[Sequence[Cell]], *, only_last_folds: bool = False) -> Table:
    """Return a table without lines, whose cells fold on a narrow terminal: all, or the last of each row."""
    headed = any(columns)
    found = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0), show_header=headed)
    for position, column in enumerate(columns, 1):
        whole = only_last_folds and position < len(columns)
        found.add_column(column, overflow="fold", no_wrap=whole)
    for row in rows:
        found.add_row(*(Text(cell) if isinstance(cell, str) else cell for cell in row))
    return found


def widest(cells: Iterable[Cell]) -> int:
    """Return the columns of a terminal that the widest of some cells takes; 0 for none."""
    return max((cell_len(str(cell)) for cell in cells), default=0)


def print_json(content: Any) -> None:
    """Write one JSON document; whatever is not ASCII is escaped."""
    click.echo(json.dumps(content, indent=2))


def plain(text: str) -> str:
    """Return what others wrote in a form that cannot move a cursor or reorder a line."""
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


def state_cell(state: str) -> Text:
    """Return a state in its colour."""
    return Text(state, style=STYLES.get(state, "default"))


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
        "interrupted": event.interrupted,
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
