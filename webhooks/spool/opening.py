"""Opening the spool's database: made where there is none, checked for its format, or only read."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from webhooks.spool import room
from webhooks.spool.broken import SpoolBroken

NAME = "spool.sqlite3"
_FORMAT = 1
BUSY = 0.3
"""Seconds to wait for another process that is writing."""

_WAL_BYTES = 4 * 1024 * 1024
"""To which the write-ahead log is cut when its content has gone to the file."""

_VACUUM_FULL = 1
"""What files say that were made before removals had to need little room (sqlite.org/pragma.html)."""

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


def to_write(directory: Path, max_bytes: int | None) -> sqlite3.Connection:
    """Open the database of a directory, and make it where there is none.

    Args:
        directory: where it is; it must exist.
        max_bytes: size to which it may grow; None where nothing will be added.

    Raises:
        SpoolBroken: another version of Hookline has written it.
        sqlite3.Error: it cannot be opened.
        OSError: it cannot be made.
    """
    path = directory / NAME
    refuse_without_room_for_the_index(directory)
    _create(path)
    database = sqlite3.connect(path, timeout=BUSY, isolation_level=None)
    with _closed_after_a_fault(database):
        _prepare(database, directory, max_bytes)
    return database


def to_read(directory: Path) -> sqlite3.Connection:
    """Open the database of a directory so that nothing is written: not to it, and no file beside it.

    Raises:
        SpoolBroken: it has never been written to, or another version of Hookline has written it.
        sqlite3.Error: it cannot be read.
        OSError: the directory cannot be looked at.
    """
    path = directory / NAME
    refuse_without_room_for_the_index(directory)
    try:
        return _read_only(path, "mode=ro")
    except sqlite3.Error:
        # SQLite makes its index of the log even to read. Without a log there is nothing to index.
        if size(directory / f"{NAME}-wal"):
            raise
        return _read_only(path, "mode=ro&immutable=1")


def refuse_without_room_for_the_index(directory: Path) -> None:
    """Raise SpoolBroken where SQLite would end this process; see `room.index_shortage`."""
    short = room.index_shortage(directory)
    if short is not None:
        raise SpoolBroken(short, full=True)


def size(path: Path) -> int:
    """Return the bytes of a file; 0 where there is none.

    Raises:
        OSError: it cannot be looked at.
    """
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _read_only(path: Path, how: str) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?{how}"
    database = sqlite3.connect(uri, uri=True, timeout=BUSY, isolation_level=None)
    with _closed_after_a_fault(database):
        if _version(database) == 0:
            msg = "it has never been written to"
            raise SpoolBroken(msg)
    return database


@contextmanager
def _closed_after_a_fault(database: sqlite3.Connection) -> Iterator[None]:
    try:
        yield
    except BaseException:
        database.close()
        raise


def _version(database: sqlite3.Connection) -> int:
    """Return the format, which is 0 before the first table."""
    [version] = database.execute("PRAGMA user_version").fetchone()
    if version not in (0, _FORMAT):
        msg = f"it has format {version}, and this version of Hookline writes {_FORMAT}"
        raise SpoolBroken(msg)
    return int(version)


def _prepare(database: sqlite3.Connection, directory: Path, max_bytes: int | None) -> None:
    run = database.execute
    # NORMAL would fsync at checkpoints only and lose the last commits at a power loss.
    run("PRAGMA synchronous = FULL")
    run(f"PRAGMA journal_size_limit = {_WAL_BYTES}")
    # Where the library was built to overwrite what is deleted, a removal would write whole bodies.
    run("PRAGMA secure_delete = OFF")
    if max_bytes is not None:
        [page] = run("PRAGMA page_size").fetchone()
        run(f"PRAGMA max_page_count = {max(8, max_bytes // page)}")
    if _version(database) == 0:
        # Before the first table. FULL would move the file's end into each gap: a removal of
        # 64 records of 4 KB writes 350 KB so, and 66 KB with INCREMENTAL.
        run("PRAGMA auto_vacuum = INCREMENTAL")
        run("PRAGMA journal_mode = WAL")
        _make(database, directory)
    elif run("PRAGMA auto_vacuum").fetchone() == (_VACUUM_FULL,):
        run("PRAGMA auto_vacuum = INCREMENTAL")


def _make(database: sqlite3.Connection, directory: Path) -> None:
    run = database.execute
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
