"""`hookline events list` and `hookline events show`."""

from __future__ import annotations

import sys
from itertools import islice
from pathlib import Path
from typing import Any

import click
from rich.text import Text

from webhooks.cli.listing import print_events
from webhooks.cli.output import Cell, console, moment, plain, print_json, record_json, state_cell, table
from webhooks.cli.running import connect, data_option, open_settings
from webhooks.cli.selection import filter_options, make_filter, refuse_unknown
from webhooks.event import Event
from webhooks.lifecycle import State
from webhooks.store.listing import find, list_records
from webhooks.store.record import Record


@click.group()
def command() -> None:
    """See what was received and what became of it."""


@command.command("list")
@click.option("--state", type=click.Choice([str(state) for state in State]), help="Where it is in its life.")
@filter_options
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True, help="At most so many.")
@click.option("--json", "as_json", is_flag=True, help="An array for programs.")
@data_option
def list_events(*, state: str | None, limit: int, as_json: bool, data: Path, **chosen: Any) -> None:
    """List events, the latest first."""
    wanted = make_filter(state=state, **chosen)
    settings = open_settings(data, secrets=False)
    connection = connect(settings, data)
    refuse_unknown(connection, settings, wanted)
    records = list(islice(list_records(connection, wanted), limit))
    if as_json:
        print_json([record_json(record) for record in records])
        return
    if not records:
        click.echo("no such event")
        return
    print_events(records)
    if len(records) == limit:
        click.echo(f"the latest {limit}; --limit shows more", err=True)


@command.command("show")
@click.argument("event_id", metavar="ID")
@click.option("--body", "show_body", is_flag=True, help="Write the body, byte for byte, and nothing else.")
@click.option("--json", "as_json", is_flag=True, help="An object for programs.")
@data_option
def show_event(*, event_id: str, show_body: bool, as_json: bool, data: Path) -> None:
    """Show one event."""
    settings = open_settings(data, secrets=False)
    record = find(connect(settings, data), event_id)
    if record is None:
        click.echo(
            f"hookline: no event {plain(event_id)}; `hookline events list` shows what there is", err=True
        )
        sys.exit(1)
    if show_body:
        sys.stdout.buffer.write(record.event.body)
    elif as_json:
        print_json(record_json(record))
    else:
        _show(record)


def _attempts(event: Event) -> str:
    """Return how many attempts an event has had, and how many of these may have been repeated."""
    return f"{event.attempt}, {event.interrupted} interrupted" if event.interrupted else str(event.attempt)


def _show(record: Record) -> None:
    event = record.event
    facts: list[tuple[str, Cell]] = [
        ("state", state_cell(record.state)),
        ("source", plain(event.source)),
        ("type", plain(event.type)),
        ("attempts", _attempts(event)),
        ("received", moment(event.received_at)),
        ("body", "dropped" if record.retired else f"{record.body_bytes} bytes (--body writes it)"),
    ]
    for name, at in (
        ("next attempt", record.next_at),
        ("lease until", record.lease_until),
        ("ended", record.ended_at),
    ):
        if at is not None:
            facts.append((name, moment(at)))
    if record.error:
        facts.append(("error", plain(record.error)))
    out = console()
    # Not in the table, which would break it on a narrow terminal.
    out.print(Text(plain(event.id), style="bold"))
    out.print(table(("", ""), facts))
    if record.handlers:
        rows = [
            (plain(known.name), state_cell(known.state), str(known.attempt), plain(known.error) or "-")
            for known in record.handlers
        ]
        out.print("")
        out.print(table(("handler", "state", "attempt", "error"), rows))
