"""REPLAY and DISCARD: what an operator does with an event."""

from __future__ import annotations

from webhooks.lifecycle import Move, sources_of
from webhooks.store.admission import GRACE
from webhooks.store.connection import Connection
from webhooks.store.message import hint
from webhooks.store.record import Record
from webhooks.store.scripts import Script

_REPLAY = Script("replay")
_DISCARD = Script("discard", when_full=True)

RETIRED = "retired"
"""What a move returns when only the id of an event is left."""


def replay(connection: Connection, record: Record) -> str:
    """Queue an event again, with all its attempts before it.

    Handlers that have succeeded do not run again.

    Returns:
        The state in which it was: the move was made when `Move.REPLAY` is allowed from there.
        `retired` when its body is gone, an empty text when it is unknown.
    """
    event = record.event
    message = hint(event.id, source=event.source, type=event.type, attempt=event.attempt + 1)
    reply: bytes = _REPLAY.run(connection, event.id, int(GRACE * 1000), message, *sources_of(Move.REPLAY))
    return reply.decode()


def discard(connection: Connection, event_id: str, *, keep: float, key: float) -> str:
    """Say that an event shall not run.

    Args:
        connection: the way to Redis.
        event_id: the event.
        keep: seconds for which a discarded event is kept.
        key: seconds for which its id is remembered.

    Returns:
        As `replay`, with `Move.DISCARD`.
    """
    reply: bytes = _DISCARD.run(
        connection, event_id, int(keep * 1000), int(key * 1000), *sources_of(Move.DISCARD)
    )
    return reply.decode()
