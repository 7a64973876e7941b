"""`hookline discard`: say that an event shall not run."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from webhooks.cli.moving import Moved, choose, judge, move_all
from webhooks.cli.running import connect, data_option, open_settings
from webhooks.cli.selection import filter_options, make_filter, refuse_unknown
from webhooks.lifecycle import Move, State
from webhooks.store.repair import discard


@click.command()
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option("--dead", is_flag=True, help="Every dead event that the filters let through.")
@filter_options
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="An array for programs.")
@data_option
def command(*, ids: tuple[str, ...], dead: bool, yes: bool, as_json: bool, data: Path, **chosen: Any) -> None:
    """Keep events from running; `hookline replay` brings them back while they are kept."""
    wanted = make_filter(state=State.DEAD, **chosen)
    settings = open_settings(data, secrets=False)
    connection = connect(settings, data)
    refuse_unknown(connection, settings, wanted)
    chosen_ids = choose(connection, ids, dead=dead, wanted=wanted)
    if chosen_ids and not yes:
        _confirm(len(chosen_ids))

    def move(event_id: str) -> Moved:
        source = settings.sources.get(event_id.partition(":")[0])
        key = source.key_retention if source is not None else settings.retention.key
        was = discard(connection, event_id, keep=settings.retention.discarded, key=key)
        return judge(event_id, Move.DISCARD, was)

    move_all(chosen_ids, move, verb="discarded", as_json=as_json)


def _confirm(number: int) -> None:
    if not sys.stdin.isatty():
        msg = f"{number} events would be discarded: say --yes when nobody is there to be asked"
        raise click.UsageError(msg)
    click.confirm(f"discard {number} events?", abort=True)
