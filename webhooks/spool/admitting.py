"""Admitting records of the spool: many by one script, and one by one where some are refused."""

from __future__ import annotations

from collections import deque

from webhooks.errors import Unavailable
from webhooks.spool.file import Row
from webhooks.spool.record import Spooled, from_row
from webhooks.store.admission import admit
from webhooks.store.connection import Connection
from webhooks.store.refused import ServerRefused

_BATCH_BYTES = 1024 * 1024
"""Bytes of bodies that one script is given: it holds up everybody else at the store."""

_Numbered = tuple[int, Spooled]


def bring(rows: list[Row], connection: Connection) -> tuple[list[int], list[tuple[int, Exception]]]:
    """Admit records; return the numbers of those that the store has, and what was wrong with others."""
    done: list[int] = []
    faults: list[tuple[int, Exception]] = []
    batches = deque(_batches(rows, faults))
    while batches:
        batch = batches.popleft()
        try:
            _admit(batch, connection)
        except Unavailable as error:
            if isinstance(error, ServerRefused) or not _answers(connection):
                faults += [(number, error) for number, _ in batch]
                break
            if len(batch) > 1:
                # One of them is at fault, and keeps no other back.
                batches.extendleft([one] for one in reversed(batch))
            else:
                faults.append((batch[0][0], error))
        else:
            done += [number for number, _ in batch]
    return done, faults


def _batches(rows: list[Row], faults: list[tuple[int, Exception]]) -> list[list[_Numbered]]:
    """Put records together that one script can admit; what cannot be read goes to `faults`."""
    found: list[list[_Numbered]] = []
    size = 0
    for row in rows:
        try:
            record = from_row(row.head, row.bodies)
        except ValueError as error:
            faults.append((row.number, error))
            continue
        size += len(row.bodies)
        if found and size <= _BATCH_BYTES and _alike(found[-1][0][1], record):
            found[-1].append((row.number, record))
        else:
            found.append([(row.number, record)])
            size = len(row.bodies)
    return found


def _alike(one: Spooled, other: Spooled) -> bool:
    return (one.source, one.secret, one.key_retention, one.dead_retention) == (
        other.source,
        other.secret,
        other.key_retention,
        other.dead_retention,
    )


def _admit(batch: list[_Numbered], connection: Connection) -> None:
    first = batch[0][1]
    admit(
        connection,
        [arrival for _, record in batch for arrival in record.arrivals],
        key_retention=first.key_retention,
        dead_retention=first.dead_retention,
        secret=first.secret,
        deliveries=len(batch),
    )


def _answers(connection: Connection) -> bool:
    try:
        connection.execute("PING")
    except Unavailable:
        return False
    return True
