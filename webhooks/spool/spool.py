"""What a receiver spools through: bounded in time, and one fsync for all who wait."""

from __future__ import annotations

import logging
import os
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import NamedTuple

from webhooks.errors import Misconfigured, Unavailable
from webhooks.spool import room
from webhooks.spool.broken import SpoolBroken, translated
from webhooks.spool.disk import in_memory
from webhooks.spool.file import Holding, SpoolFile, look
from webhooks.spool.record import Spooled, to_row
from webhooks.telemetry.log import log_step

PATIENCE = 0.4
"""Seconds that a request waits for the disk; with a slow Redis before it, still within one second."""

PAUSE = 1.0
"""Seconds without a try after one that failed: each would cost its request the time of a broken disk."""

MEMORY = 30.0
"""Seconds for which a failed try speaks against the spool when there was none since."""

_BATCH = 256
"""Records that share one fsync at most."""


@dataclass(slots=True, eq=False)
class _Ticket:
    record: Spooled | None
    done: threading.Event = field(default_factory=threading.Event)
    error: Unavailable | None = None


_HANGS = "the spool's disk hangs"


class Undrained(NamedTuple):
    """What does not go from the spool to the store, though the store answers.

    Attributes:
        records: deliveries that the store refuses, or has and which cannot be removed.
        reason: what keeps them; empty when nothing does.
    """

    records: int
    reason: str


class _Failure(NamedTuple):
    at: float
    reason: str
    full: bool


class Spool:
    """A directory in which proven deliveries wait for the store; safe among threads and processes.

    One thread writes. What it does not finish in time is answered with 503, also when it succeeds
    later: the sender comes again, and the store finds a duplicate.
    """

    def __init__(self, directory: Path, *, max_bytes: int) -> None:
        """Make the directory ready and try it.

        One that cannot be used is logged and tried again with each delivery: the store may be there,
        and a receiver without a spool is better than none.

        Args:
            directory: where the file is; made when it is missing.
            max_bytes: size to which the file may grow. Its disk has to have room for the log (4 MiB)
                and the reserve (8 MiB) besides; it takes nothing more before that room is gone.

        Raises:
            Misconfigured: records would not survive there.
        """
        self.directory = directory
        self.undrained = Undrained(0, "")
        self._max_bytes = max_bytes
        self._tickets: SimpleQueue[_Ticket] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._busy_since: float | None = None
        self._failed: _Failure | None = None
        _refuse_memory(directory)
        try:
            self._open().close()
        except SpoolBroken as error:
            self._fail([], error)

    def put(self, record: Spooled) -> None:
        """Keep a delivery: it is on disk when this returns.

        Raises:
            Unavailable: it is not, as far as we know within `PATIENCE`; nothing is promised.
        """
        self._refuse_at_once()
        self._start()
        ticket = _Ticket(record)
        self._tickets.put(ticket)
        if not ticket.done.wait(PATIENCE):
            # The writer may hold it already; else it is not kept for nobody.
            ticket.record = None
            msg = f"the spool did not write within {PATIENCE:g} s"
            raise Unavailable(msg)
        if ticket.error is not None:
            raise ticket.error

    def holding(self) -> Holding:
        """Count what waits.

        Raises:
            Unavailable: the file cannot be read.
        """
        return look(self.directory)

    def hear(self, undrained: Undrained) -> None:
        """Note what does not move, by this process's drain after a pass in which the store answered."""
        self.undrained = undrained
        if not undrained.reason and self._failed is not None and self._failed.full:
            # All has left the file, so a failure for want of room in it says nothing any more.
            self._failed = None

    def fault(self) -> str | None:
        """Say what keeps this process from writing, now and by its last tries; None when nothing does."""
        if self._hangs():
            return _HANGS
        failed = self._failed
        if failed is not None and time.monotonic() - failed.at <= MEMORY:
            return failed.reason
        return _unusable(self.directory)

    def _refuse_at_once(self) -> None:
        if self._hangs():
            raise Unavailable(_HANGS)
        failed = self._failed
        # Less may still fit where there was no room, and finding out costs no time.
        if failed is not None and not failed.full and time.monotonic() - failed.at < PAUSE:
            raise Unavailable(failed.reason)

    def _hangs(self) -> bool:
        busy = self._busy_since
        return busy is not None and time.monotonic() - busy > PATIENCE

    def _start(self) -> None:
        if self._thread is not None:
            return
        with self._lock:
            # Not at the start of the process: threads do not survive a fork.
            if self._thread is None:
                self._thread = threading.Thread(target=self._write, name="spool", daemon=True)
                self._thread.start()

    def _write(self) -> None:
        file: SpoolFile | None = None
        while True:
            tickets = self._next()
            self._busy_since = time.monotonic()
            try:
                if file is not None and not file.present(self.directory):
                    _give_up(file)
                    file = None
                if file is None:
                    file = self._open()
                self._keep(file, tickets)
            except Exception as fault:  # noqa: BLE001 - whoever waits must be told, whatever it is
                self._fail(tickets, fault)
                _give_up(file)
                file = None
            self._busy_since = None
            for ticket in tickets:
                ticket.done.set()

    def _open(self) -> SpoolFile:
        """Open the file, in a directory that is made where it is missing.

        Raises:
            SpoolBroken: it cannot be used.
            Misconfigured: it is in memory.
        """
        with translated():
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        _refuse_memory(self.directory)
        room.reserve(self.directory)
        return SpoolFile(self.directory, max_bytes=self._max_bytes)

    def _keep(self, file: SpoolFile, tickets: list[_Ticket]) -> None:
        """Write all with one fsync, or each by itself where there is no room for all."""
        try:
            _append(file, self.directory, tickets)
        except SpoolBroken as fault:
            if not fault.full:
                raise
            if len(tickets) == 1:
                self._fail(tickets, fault)
            else:
                for ticket in tickets:
                    self._keep(file, [ticket])
        else:
            self._failed = None

    def _next(self) -> list[_Ticket]:
        tickets = [self._tickets.get()]
        while len(tickets) < _BATCH:
            try:
                tickets.append(self._tickets.get_nowait())
            except Empty:
                break
        return tickets

    def _fail(self, tickets: list[_Ticket], fault: Exception) -> None:
        full = isinstance(fault, SpoolBroken) and fault.full
        reason = f"the spool is full: {fault}" if full else f"the spool cannot write: {fault}"
        self._failed = _Failure(at=time.monotonic(), reason=reason, full=full)
        log_step("spool_failed", level=logging.ERROR, reason=reason)
        for ticket in tickets:
            ticket.error = Unavailable(reason)


def _append(file: SpoolFile, directory: Path, tickets: list[_Ticket]) -> None:
    rows = []
    for ticket in tickets:
        record = ticket.record
        # None: whoever waited has gone, and has said 503.
        if record is not None:
            rows.append((record.received_at, *to_row(record)))
    if rows:
        _refuse_without_room(directory, sum(len(head) + len(bodies) for _, head, bodies in rows))
        file.append(rows)


def _refuse_without_room(directory: Path, adding: int) -> None:
    room.reserve(directory)
    with translated():
        short = room.shortage(directory, adding=adding)
    if short is not None:
        raise SpoolBroken(short, full=True)


def _give_up(file: SpoolFile | None) -> None:
    """Close a file that failed: after a failed fsync no file descriptor tells the truth any more.

    The kernel reports a lost page once and counts it as clean afterwards (danluu.com/fsyncgate).
    """
    if file is not None:
        try:
            file.close()
        except SpoolBroken as error:
            log_step("spool_failed", level=logging.ERROR, reason=f"it cannot be closed: {error}")


def _unusable(directory: Path) -> str | None:
    if not os.access(directory, os.W_OK | os.X_OK):
        return f"the spool's directory {directory} is missing, or cannot be written to by this user"
    try:
        short = room.shortage(directory)
    except OSError as error:
        return f"the spool's directory {directory} cannot be used: {error.strerror}"
    return None if short is None else f"the spool is full: {short}"


def _refuse_memory(directory: Path) -> None:
    if (kind := in_memory(directory)) is not None:
        fault = (
            f"spool.directory {directory} is on {kind}, which is memory: events acknowledged there would "
            "be lost with the machine; name a directory on a disk that stays, or leave it out"
        )
        raise Misconfigured([fault])
