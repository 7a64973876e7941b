"""The spool's file: SQLite in WAL mode, every commit fsynced before it returns.

SQLite writes again, from its first page on, whatever a failed commit has left behind, and checks
what it finds after a crash by checksums; so a torn record is dropped, and no commit that had
returned depends on one that had not (sqlite.org/wal.html, sqlite.org/atomiccommit.html).
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from webhooks.errors import Unavailable

NAME = "spool.sqlite3"
_FORMAT = 1
_BUSY = 0.3
"""Seconds to wait for another process that is writing."""

_WAL_BYTES = 4 * 1024 * 1024
"""To which the write-ahead log is cut when its content has gone to the file."""

_SCHEMA = """
CREATE TABLE delivery (
    number INTEGER PRIMARY KEY,
    received_at REAL NOT NULL,
    size INTEGER NOT NULL,
    head TEXT NOT NULL,
    bodies BLOB NOT NULL
);
CREATE INDEX delivery_size ON delivery (received_at, size);
"""


class SpoolBroken(Exception):
    """The file cannot be written or read; the text says what SQLite said.

    Attributes:
        full: whether nothing but room is missing.
    """

    def __init__(self, message: str, *, full: bool = False) -> None:
        """Keep whether it is only full."""
        self.full = full
        super().__init__(message)


class Row(NamedTuple):
    """One record as it is kept; see `record.to_row`."""

    number: int
    head: str
    bodies: bytes


class Holding(NamedTuple):
    """What a spool holds.

    Attributes:
        records: deliveries that have not been admitted.
        bytes: their size.
        oldest: when the oldest was received, in seconds since the epoch (UTC); None when empty.
    """

    records: int
    bytes: int
    oldest: float | None


class SpoolFile:
    """One connection to the file of a directory; for one thread at a time."""

    def __init__(self, directory: Path, *, max_bytes: int | None = None) -> None:
        """Open the file, and make it where there is none.

        Args:
            directory: where it is; it must exist.
            max_bytes: size to which it may grow; None where nothing will be added.

        Raises:
            SpoolBroken: it cannot be opened, or another version has written it.
        """
        path = directory / NAME
        with _translated():
            _create(path)
            self._database = sqlite3.connect(path, timeout=_BUSY, isolation_level=None)
            try:
                self._prepare(directory, max_bytes)
            except BaseException:
                self._database.close()
                raise

    def append(self, rows: Sequence[tuple[float, str, bytes]]) -> None:
        """Add records, all or none: `(received_at, head, bodies)`. Durable when this returns.

        Raises:
            SpoolBroken: nothing is promised about any of them. Unless it is only full, open it anew.
        """
        values = [(at, len(head) + len(bodies), head, bodies) for at, head, bodies in rows]
        self._change("INSERT INTO delivery (received_at, size, head, bodies) VALUES (?, ?, ?, ?)", values)

    def after(self, number: int, *, limit: int) -> list[Row]:
        """Return the next records, in the order in which they were written."""
        with _translated():
            found = self._database.execute(
                "SELECT number, head, bodies FROM delivery WHERE number > ? ORDER BY number LIMIT ?",
                (number, limit),
            )
            return [Row(number=one, head=head, bodies=bodies) for one, head, bodies in found]

    def remove(self, numbers: Sequence[int]) -> None:
        """Drop records that the store has; durable when this returns."""
        self._change("DELETE FROM delivery WHERE number = ?", [(one,) for one in numbers])

    def shrink(self) -> None:
        """Give the disk back what removed records took, unless another process is reading just now."""
        with _translated():
            self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def holding(self) -> Holding:
        """Count what is there."""
        with _translated():
            records, size, oldest = self._database.execute(
                "SELECT COUNT(*), COALESCE(SUM(size), 0), MIN(received_at) FROM delivery"
            ).fetchone()
            return Holding(records=records, bytes=size, oldest=oldest)

    def close(self) -> None:
        """Close it; what was not committed is gone."""
        with _translated():
            self._database.close()

    def _change(self, statement: str, values: Sequence[tuple[Any, ...]]) -> None:
        with _translated():
            self._database.execute("BEGIN IMMEDIATE")
            try:
                self._database.executemany(statement, values)
                self._database.execute("COMMIT")
            except BaseException:
                # Some errors end the transaction by themselves.
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")
                raise

    def _prepare(self, directory: Path, max_bytes: int | None) -> None:
        run = self._database.execute
        # Before the first table: a drained spool gives its room back.
        run("PRAGMA auto_vacuum = FULL")
        run("PRAGMA journal_mode = WAL")
        # NORMAL would fsync at checkpoints only and lose the last commits at a power loss.
        run("PRAGMA synchronous = FULL")
        run(f"PRAGMA journal_size_limit = {_WAL_BYTES}")
        if max_bytes is not None:
            [page] = run("PRAGMA page_size").fetchone()
            run(f"PRAGMA max_page_count = {max(8, max_bytes // page)}")
        [version] = run("PRAGMA user_version").fetchone()
        if version == 0:
            self._make(directory)
        elif version != _FORMAT:
            msg = f"it has format {version}, and this version of Hookline writes {_FORMAT}"
            raise SpoolBroken(msg)

    def _make(self, directory: Path) -> None:
        run = self._database.execute
        run("BEGIN IMMEDIATE")
        # Another process may have made it while this one waited.
        if run("PRAGMA user_version").fetchone() == (0,):
            for statement in _SCHEMA.split(";"):
                run(statement)
            run(f"PRAGMA user_version = {_FORMAT}")
        run("COMMIT")
        # A file whose name is not on disk is lost with all that is in it.
        handle = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def look(directory: Path) -> Holding:
    """Count what the spool of a directory holds; one without a file holds nothing.

    Raises:
        Unavailable: the file cannot be read.
    """
    if not (directory / NAME).exists():
        return Holding(records=0, bytes=0, oldest=None)
    with opened(directory) as file:
        return file.holding()


@contextmanager
def opened(directory: Path) -> Iterator[SpoolFile]:
    """Open the file of a directory for as long as the block runs.

    Raises:
        Unavailable: it cannot be opened, or something in the block found it broken.
    """
    try:
        file = SpoolFile(directory)
        try:
            yield file
        finally:
            file.close()
    except SpoolBroken as error:
        msg = f"the spool in {directory} cannot be used: {error}"
        raise Unavailable(msg) from error


def _create(path: Path) -> None:
    """Make the file where there is none, for its owner alone; SQLite gives its other files the same mode.

    A file that is there is not opened: closing it would drop the locks that this process has on it
    through SQLite, and another process would take its log for abandoned (sqlite.org/howtocorrupt.html,
    section 2.2).
    """
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        return


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", type(error).__name__)
        raise SpoolBroken(f"{error} ({name})", full=name == "SQLITE_FULL") from error
    except OSError as error:
        raise SpoolBroken(str(error.strerror)) from error
