"""SWEEP, RETIRE and ADOPT: what keeps the store moving, safe in any number of copies."""

from __future__ import annotations

from webhooks.store.connection import Connection
from webhooks.store.keys import KEYS
from webhooks.store.message import hint
from webhooks.store.scripts import Script

PUSH = 10.0
"""Seconds that a swept event has to be claimed before it is hinted again."""

_SWEEP = Script("sweep")
_RETIRE = Script("retire", when_full=True)
_ADOPT = Script("adopt", shared=("lease", "next"))


def sweep(connection: Connection, *, worker: str, backlog: int, limit: int = 500) -> int:
    """Hint what is due, and return how many events that were; `worker` is who asks.

    While `backlog` messages or more are in the queue, no queued event is hinted, since it most
    likely waits there: without that guard a sweeper multiplies the queue (14,308 hints for 15,600
    events were measured). Events of lost workers and attempts that are due again have no hint, and
    get one place behind the others. A hint that is lost between the two commands costs `PUSH`
    seconds, or the time until the backlog is gone.
    """
    found = _SWEEP.run(connection, backlog, limit, int(PUSH * 1000), worker)
    hints = [
        hint(event_id.decode(), source=source.decode(), type=kind.decode(), attempt=int(attempts) + 1)
        for event_id, source, kind, attempts in found
    ]
    if hints:
        connection.execute("LPUSH", KEYS["queue"], *hints)
    return len(hints)


def retire(connection: Connection, *, limit: int = 500) -> int:
    """Drop what was kept long enough, and return how many events that were."""
    return int(_RETIRE.run(connection, limit))


def adopt(connection: Connection, *, cursor: bytes = b"0") -> tuple[bytes, int]:
    """Bring hints that wait under the names of earlier releases into the queue, and leave all else there.

    The names are Celery's own, so that another application may use them.

    Args:
        connection: the store's.
        cursor: where the last round stopped among the messages in hand.

    Returns:
        Where the next round goes on, and how many hints came.
    """
    following, adopted = _ADOPT.run(connection, cursor)
    return following, int(adopted)
