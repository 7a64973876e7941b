"""SWEEP and RETIRE: what keeps the store moving, safe in any number of copies."""

from __future__ import annotations

from webhooks.store.connection import Connection
from webhooks.store.keys import QUEUE
from webhooks.store.message import hint
from webhooks.store.scripts import Script

PUSH = 10.0
"""Seconds that a swept event has to be claimed before it is hinted again."""

_SWEEP = Script("sweep")
_RETIRE = Script("retire", when_full=True)


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
        connection.execute("LPUSH", QUEUE, *hints)
    return len(hints)


def retire(connection: Connection, *, limit: int = 500) -> int:
    """Drop what was kept long enough, and return how many events that were."""
    return int(_RETIRE.run(connection, limit))
