"""Many events at once, past the receiver: through the same admission, in batches."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from tests.chaos.content import fingerprint
from tests.chaos.load import SOURCE
from tests.support.events import arrival, event
from webhooks.store.admission import admit
from webhooks.store.connection import Connection

BATCH = 200
FILLING = "x" * 1000


def fill(
    connection: Connection, count: int, *, tag: str, tell: Callable[[int], None] = lambda _count: None
) -> Mapping[str, str]:
    """Admit `count` events of 1 KB and return their fingerprints by id; `tell` hears how many are in."""
    posted: dict[str, str] = {}
    for first in range(0, count, BATCH):
        names = [f"{SOURCE}:{tag}-{number}" for number in range(first, min(first + BATCH, count))]
        arrivals = [
            arrival(
                event(
                    id=name,
                    source=SOURCE,
                    type="lab.event",
                    body=f'{{"name": "{name}", "filling": "{FILLING}"}}'.encode(),
                    received_at=time.time(),
                )
            )
            for name in names
        ]
        admit(connection, arrivals, key_retention=86400.0, dead_retention=86400.0)
        for one in (found.event for found in arrivals):
            posted[one.id] = fingerprint(source=one.source, type=one.type, headers=one.headers, body=one.body)
        tell(len(posted))
    return posted
