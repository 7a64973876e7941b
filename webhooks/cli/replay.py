"""`hookline replay`: run what failed again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from webhooks.cli.moving import Moved, choose, judge, move_all
from webhooks.cli.running import connect, data_option, open_settings
from webhooks.cli.selection import filter_options, make_filter, refuse_unknown
from webhooks.lifecycle import Move, State
from webhooks.store.listing import summarise
from webhooks.store.repair import replay


@click.command()
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option("--dead", is_flag=True, help="Every dead event that the filters let through.")
@filter_options
@click.option("--json", "as_json", is_flag=True, help="An array for programs.")
@data_option
def command(*, ids: tuple[str, ...], dead: bool, as_json: bool, data: Path, **chosen: Any) -> None:
    """Queue events again, with all their attempts before them.

    Handlers that have succeeded do not run again.
    """
    wanted = make_filter(state=State.DEAD, **chosen)
    settings = open_settings(data, secrets=False)
    connection = connect(settings, data)
    refuse_unknown(connection, settings, wanted)

    def move(event_id: str) -> Moved:
        known = summarise(connection, [event_id])
        return judge(event_id, Move.REPLAY, replay(connection, known[0]) if known else "")

    chosen_ids = choose(connection, ids, dead=dead, wanted=wanted)
    move_all(chosen_ids, move, verb="replayed", as_json=as_json)
