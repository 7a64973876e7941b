"""Bringing what was spooled to the store: admitted first, then removed, each step durable.

A crash between the two admits a record twice, which the store answers with "duplicate".
"""

from __future__ import annotations

import fcntl
import logging
import os
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from webhooks.errors import HooklineError, Unavailable
from webhooks.spool.file import NAME, Row, opened
from webhooks.spool.record import Spooled, from_row
from webhooks.store.admission import admit
from webhooks.store.connection import Connection
from webhooks.telemetry.log import log_step

INTERVAL = 1.0
"""Seconds between two looks whether there is something to bring and somebody to bring it to."""

_BATCH = 64
_BATCH_BYTES = 1024 * 1024
"""Bytes of bodies that one script is given: it holds up everybody else at the store."""
_LOCK = "drain.lock"

_Numbered = tuple[int, Spooled]


class AnotherDrains(HooklineError):
    """Another process is draining this spool."""


class Drained(NamedTuple):
    """What one pass did.

    Attributes:
        admitted: deliveries that the store has now.
        refused: deliveries that the store refuses though it answers, with the reason; they stay.
    """

    admitted: int
    refused: tuple[str, ...]


def drain(
    directory: Path, connection: Connection, *, tell: Callable[[int], None] = lambda _count: None
) -> Drained:
    """Bring every record of the spool to the store; `tell` hears how many more are done.

    Raises:
        AnotherDrains: it is at work already.
        Unavailable: the store is away, or the spool cannot be read; what is left stays for later.
    """
    if not (directory / NAME).exists():
        return Drained(admitted=0, refused=())
    with _alone(directory), opened(directory) as file:
        admitted, refused, last = 0, [], 0
        while rows := file.after(last, limit=_BATCH):
            done, faults = _bring(rows, connection)
            file.remove(done)
            admitted += len(done)
            tell(len(done))
            if not done:
                _raise_if_away(faults)
            refused += [f"record {number}: {fault}" for number, fault in faults]
            last = rows[-1].number
        if admitted and not refused:
            file.shrink()
        return Drained(admitted=admitted, refused=tuple(refused))


class Drainer:
    """A thread that drains a spool whenever the store is there."""

    def __init__(self, directory: Path, connection: Connection) -> None:
        """Drain `directory` into the store behind `connection`, which only this thread uses."""
        self._directory = directory
        self._connection = connection
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="drain", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the batch in hand."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        told: tuple[str, ...] = ()
        while not self._stop.wait(INTERVAL):
            refused: tuple[str, ...] = ()
            try:
                drained = drain(self._directory, self._connection)
            except AnotherDrains:
                continue
            except Unavailable as away:
                refused = (str(away),)
            except Exception as fault:  # noqa: BLE001 - it must try again, whatever that was
                log_step("spool_failed", level=logging.ERROR, error=fault)
            else:
                refused = drained.refused
                if drained.admitted:
                    log_step("drained", admitted=drained.admitted)
            # Once for each reason, not once a second.
            if refused != told:
                for text in refused:
                    log_step("undrained", level=logging.WARNING, reason=text)
                told = refused


def _bring(rows: list[Row], connection: Connection) -> tuple[list[int], list[tuple[int, Exception]]]:
    """Admit records; return the numbers of those that the store has, and what was wrong with others."""
    done: list[int] = []
    faults: list[tuple[int, Exception]] = []
    batches = deque(_batches(rows, faults))
    while batches:
        batch = batches.popleft()
        try:
            _admit(batch, connection)
        except Unavailable as error:
            if not _answers(connection):
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


def _raise_if_away(faults: list[tuple[int, Exception]]) -> None:
    """End a pass in which nothing was taken: a store that is away or full is not the records' fault."""
    for _, fault in faults:
        if isinstance(fault, Unavailable):
            raise fault


def _answers(connection: Connection) -> bool:
    try:
        connection.execute("PING")
    except Unavailable:
        return False
    return True


@contextmanager
def _alone(directory: Path) -> Iterator[None]:
    handle = os.open(directory / _LOCK, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            msg = f"another process is draining {directory}"
            raise AnotherDrains(msg) from None
        yield
    finally:
        # The lock ends with its handle, however the process ends.
        os.close(handle)
