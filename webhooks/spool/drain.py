"""Bringing what was spooled to the store: admitted first, then removed, each step durable.

A crash between the two admits a record twice, which the store answers with "duplicate".
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from webhooks.errors import HooklineError, Unavailable
from webhooks.spool import room
from webhooks.spool.admitting import bring
from webhooks.spool.broken import SpoolBroken, SpoolUnusable
from webhooks.spool.file import SpoolFile, look, opened
from webhooks.store.connection import Connection

_BATCH = 64


class AnotherDrains(HooklineError):
    """Another process is draining this spool."""


class Drained(NamedTuple):
    """What one pass did.

    Attributes:
        admitted: deliveries that the store has now, and had not by this process.
        refused: deliveries that the store refuses though it answers, with the reason; they stay.
        unremoved: deliveries that the store has and that cannot be removed from the spool.
        reason: why they cannot.
    """

    admitted: int
    refused: tuple[str, ...]
    unremoved: int = 0
    reason: str = ""


Kept = dict[int, bytes]
"""Records that the store has and that are still in the spool: their numbers and digests of their heads.

A number alone would not do: SQLite gives the last one again when its record is removed."""


def drain(
    directory: Path,
    connection: Connection,
    *,
    kept: Kept | None = None,
    tell: Callable[[int], None] = lambda _count: None,
) -> Drained:
    """Bring every record of the spool to the store.

    What cannot be removed afterwards keeps no other record back.

    Args:
        directory: the spool's.
        connection: the way to the store.
        kept: what earlier passes could not remove, which is not admitted again; updated.
        tell: hears how many more are done.

    Raises:
        AnotherDrains: it is at work already.
        SpoolUnusable: the spool cannot be read.
        Unavailable: the store is away; what is left stays for later.
    """
    if not _holds(directory):
        if kept:
            kept.clear()
        return Drained(admitted=0, refused=())
    # Before the reserve may be given up, which a store that is away is no reason for.
    connection.execute("PING")
    with _alone(directory), opened(directory, _open) as file:
        return _Pass(directory, file, connection, {} if kept is None else kept, tell).run()


def _holds(directory: Path) -> bool:
    try:
        return look(directory).records > 0
    except SpoolUnusable:
        # It may take the reserve to find out.
        return True


def _open(directory: Path) -> SpoolFile:
    """Open the file so that records can be removed, if need be with the reserve; else to read it."""
    for _ in range(2):
        try:
            return SpoolFile(directory)
        except SpoolBroken as fault:
            if not (fault.full and room.release(directory)):
                break
    return SpoolFile.reading(directory)


class _Pass:
    def __init__(
        self,
        directory: Path,
        file: SpoolFile,
        connection: Connection,
        kept: Kept,
        tell: Callable[[int], None],
    ) -> None:
        self._directory = directory
        self._file = file
        self._connection = connection
        self._kept = kept
        self._tell = tell
        self._admitted = 0
        self._refused: list[str] = []
        self._reason = ""
        self._stuck = False
        """Whether nothing can be removed in this pass."""

    def run(self) -> Drained:
        last, seen = 0, set[int]()
        while heads := self._next(last):
            self._step(heads)
            seen.update(number for number, _ in heads)
            last = heads[-1][0]
        for number in self._kept.keys() - seen:
            del self._kept[number]
        if self._admitted and not (self._refused or self._kept):
            self._tidy()
        return Drained(
            admitted=self._admitted,
            refused=tuple(self._refused),
            unremoved=len(self._kept),
            reason=self._reason,
        )

    def _next(self, last: int) -> list[tuple[int, str]]:
        try:
            return self._file.heads(last, limit=_BATCH)
        except SpoolBroken as fault:
            if not fault.damaged:
                raise
            return self._file.numbers(last, limit=_BATCH)

    def _step(self, heads: list[tuple[int, str]]) -> None:
        rows, faults, marks = [], list[tuple[int, Exception]](), Kept()
        for number, head in heads:
            mark = _mark(head)
            if self._kept.get(number) == mark:
                marks[number] = mark
                continue
            try:
                row = self._file.record(number)
            except SpoolBroken as fault:
                faults.append((number, fault))
            else:
                rows += [] if row is None else [row]
        done, refused = bring(rows, self._connection)
        if rows and not done:
            _raise_if_away(refused)
        marks |= {row.number: _mark(row.head) for row in rows if row.number in done}
        self._admitted += len(done)
        self._tell(len(done))
        self._refused += [f"record {number}: {fault}" for number, fault in faults + refused]
        self._remove(marks)

    def _remove(self, marks: Kept) -> None:
        """Remove what the store has; remember what could not be removed."""
        self._kept |= marks
        numbers = list(marks)
        if not numbers or self._stuck:
            return
        fault = self._try(numbers)
        if fault is None:
            return
        self._reason = str(fault)
        if not fault.damaged:
            self._stuck = True
            return
        for number in numbers:
            self._try([number])

    def _try(self, numbers: list[int]) -> SpoolBroken | None:
        while True:
            try:
                self._file.remove(numbers)
            except SpoolBroken as fault:
                if fault.full and room.release(self._directory):
                    continue
                return fault
            for number in numbers:
                del self._kept[number]
            return None

    def _tidy(self) -> None:
        """Give the disk its room back, and keep the reserve of it; a fault of that loses nothing."""
        with suppress(SpoolBroken):
            self._file.shrink()
        room.reserve(self._directory)


def _mark(head: str) -> bytes:
    """Return what tells records apart: a head has the ids and the digests of the bodies."""
    return sha256(head.encode()).digest()[:16]


def _raise_if_away(faults: list[tuple[int, Exception]]) -> None:
    """End a pass in which nothing was taken: a store that is away or full is not the records' fault."""
    for _, fault in faults:
        if isinstance(fault, Unavailable):
            raise fault


@contextmanager
def _alone(directory: Path) -> Iterator[None]:
    # The directory's own lock needs no file, for which there may be no room. It ends with its handle,
    # however the process ends.
    try:
        handle = os.open(directory, os.O_RDONLY)
    except OSError as error:
        msg = f"the spool in {directory} cannot be used: {error.strerror}"
        raise SpoolUnusable(msg) from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            msg = f"another process is draining {directory}"
            raise AnotherDrains(msg) from None
        yield
    finally:
        os.close(handle)
