"""Events for people: one line for each where the terminal is wide enough, else a few short ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.text import Text

from webhooks.cli.output import Cell, console, moment, plain, state_cell, table, widest
from webhooks.store.record import Record

_GAP = 2
_LAST = 40
"""Columns of a terminal that a line leaves at least for its last cell, which folds when it is longer."""

_INDENT = "  "
_LONGEST = 100
"""Characters of an error in a list; `hookline events show` has all of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One event of a list.

    Attributes:
        row: its cells where the terminal is wide enough.
        id: its id, which stands on a line of its own where it is not.
        facts: what follows it there, as many on each line as fit.
        words: what comes last, on lines of its own.
    """

    row: tuple[Cell, ...]
    id: str
    facts: tuple[Text, ...]
    words: str


def print_events(records: Sequence[Record]) -> None:
    """Print events in their order."""
    columns = ("received (UTC)", "state", "attempts", "id", "type", "error")
    print_entries(columns, [_entry(record) for record in records])


def print_entries(columns: Sequence[str], entries: Sequence[Entry]) -> None:
    """Print a list of events. No id is broken: people copy it."""
    out = console()
    rows = [entry.row for entry in entries]
    if _fit([columns, *rows], out.width):
        out.print(table(columns, rows, only_last_folds=True))
        return
    for entry in entries:
        out.print(Text(entry.id, style="bold"))
        for line in _lines(entry, out):
            out.print(Text.assemble(_INDENT, line))


def _entry(record: Record) -> Entry:
    event, state = record.event, state_cell(record.state)
    received, kind, error = moment(event.received_at), plain(event.type), plain(record.error[:_LONGEST])
    tries = f", attempt {event.attempt}" if event.attempt else ""
    return Entry(
        row=(received, state, str(event.attempt), plain(event.id), kind, error or "-"),
        id=plain(event.id),
        facts=(state + tries, Text(received), Text(kind)),
        words=error,
    )


def _fit(rows: Sequence[Sequence[Cell]], width: int) -> bool:
    *whole, last = (widest(cells) for cells in zip(*rows, strict=True))
    return sum(whole) + _GAP * len(whole) + min(last, _LAST) <= width


def _lines(entry: Entry, out: Console) -> Iterator[Text]:
    width = out.width - len(_INDENT)
    line = Text()
    for fact in entry.facts:
        if line and line.cell_len + _GAP + fact.cell_len > width:
            yield line
            line = Text()
        line = Text.assemble(line, " " * _GAP if line else "", fact)
    for last in (line, Text(entry.words)):
        if last:
            yield from last.wrap(out, width, overflow="fold")
