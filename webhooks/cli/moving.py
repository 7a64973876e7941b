"""What `replay` and `discard` share: choosing events, moving each, and saying what became of it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import click
from rich.console import Console
from rich.progress import track

from webhooks.cli.listing import Entry, print_entries
from webhooks.cli.output import plain, print_json, state_cell
from webhooks.lifecycle import MOVES, Move, State
from webhooks.store.connection import Connection
from webhooks.store.listing import Filter, list_ids
from webhooks.store.repair import RETIRED

MANY = 20
"""Events above which a progress bar is shown and only what could not be moved is listed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What became of one event.

    Attributes:
        id: the event's.
        state: its state now, or an empty text when it is unknown.
        done: whether it was moved.
        reason: why not.
    """

    id: str
    state: str
    done: bool
    reason: str = ""


def choose(connection: Connection, ids: Sequence[str], *, dead: bool, wanted: Filter) -> list[str]:
    """Return the events that a user named.

    Raises:
        click.UsageError: neither ids nor `--dead`, or both.
    """
    if bool(ids) == dead:
        msg = "name events by their ids, or all dead ones with --dead; one of the two"
        raise click.UsageError(msg)
    return list(dict.fromkeys(ids)) if ids else list(list_ids(connection, wanted))


def judge(event_id: str, move: Move, was: str) -> Moved:
    """Say what a move did, from the state in which the event was."""
    if not was:
        return Moved(id=event_id, state="", done=False, reason="no such event")
    if was == RETIRED:
        return Moved(
            id=event_id, state="", done=False, reason="its body was dropped when its retention ended"
        )
    after = MOVES.get((State(was), move))
    if after is not None:
        return Moved(id=event_id, state=after, done=True)
    allowed = ", ".join(state for state, known in MOVES if known is move)
    return Moved(id=event_id, state=was, done=False, reason=f"it is {was}; {move} takes {allowed}")


def move_all(ids: Sequence[str], move: Callable[[str], Moved], *, verb: str, as_json: bool) -> None:
    """Move each event, tell what happened, and exit with 1 when one could not be moved."""
    steps: Iterable[str] = ids
    if len(ids) > MANY and not as_json:
        steps = track(ids, description=verb, console=Console(stderr=True))
    results = [move(event_id) for event_id in steps]
    if as_json:
        print_json(
            [
                {"id": r.id, "state": r.state or None, "done": r.done, "reason": r.reason or None}
                for r in results
            ]
        )
    else:
        _tell(results, verb)
    if not all(result.done for result in results):
        sys.exit(1)


def _entry(found: Moved) -> Entry:
    name, reason = plain(found.id), plain(found.reason)
    state = (state_cell(found.state),) if found.state else ()
    return Entry(row=(name, *(state or ("-",)), reason or "-"), id=name, facts=state, words=reason)


def _tell(results: Sequence[Moved], verb: str) -> None:
    shown = results if len(results) <= MANY else [result for result in results if not result.done]
    if shown:
        print_entries(("id", "state", "reason"), [_entry(found) for found in shown])
    done = sum(result.done for result in results)
    click.echo(f"{verb} {done} of {len(results)}")
