"""The states of an event and the one table of allowed moves.

The scripts in `webhooks/store/scripts` carry the moves out; a property test holds them against
this table, move by move.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class State(StrEnum):
    """Where an event is in its life."""

    QUEUED = "queued"
    RUNNING = "running"
    WAITING = "waiting"
    SUCCEEDED = "succeeded"
    DEAD = "dead"
    DISCARDED = "discarded"
    UNHANDLED = "unhandled"


class Move(StrEnum):
    """What can happen to an event."""

    CLAIM = "claim"
    RELEASE = "release"
    FINISH = "finish"
    IGNORE = "ignore"
    RETRY = "retry"
    BURY = "bury"
    REPLAY = "replay"
    DISCARD = "discard"


MOVES: Mapping[tuple[State, Move], State] = MappingProxyType(
    {
        (State.QUEUED, Move.CLAIM): State.RUNNING,
        (State.WAITING, Move.CLAIM): State.RUNNING,
        (State.RUNNING, Move.CLAIM): State.RUNNING,
        (State.RUNNING, Move.RELEASE): State.QUEUED,
        (State.RUNNING, Move.FINISH): State.SUCCEEDED,
        (State.RUNNING, Move.IGNORE): State.UNHANDLED,
        (State.RUNNING, Move.RETRY): State.WAITING,
        (State.RUNNING, Move.BURY): State.DEAD,
        (State.WAITING, Move.REPLAY): State.QUEUED,
        (State.DEAD, Move.REPLAY): State.QUEUED,
        (State.DISCARDED, Move.REPLAY): State.QUEUED,
        (State.UNHANDLED, Move.REPLAY): State.QUEUED,
        (State.QUEUED, Move.DISCARD): State.DISCARDED,
        (State.WAITING, Move.DISCARD): State.DISCARDED,
        (State.DEAD, Move.DISCARD): State.DISCARDED,
        (State.UNHANDLED, Move.DISCARD): State.DISCARDED,
    }
)
"""A move that is not here changes nothing. Two moves have a condition beside the state: a
`WAITING` event can be claimed once its next attempt is due, a `RUNNING` one (or one whose
attempts are used up, which goes to `DEAD`) once its lease has run out."""


def sources_of(move: Move) -> tuple[State, ...]:
    """Return the states from which `move` is allowed, in the order of the table."""
    return tuple(state for state, allowed in MOVES if allowed is move)
