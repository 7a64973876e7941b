"""The spool's file: SQLite in WAL mode, every commit fsynced before it returns.

SQLite writes again, from its first page on, whatever a failed commit has left behind, and checks
what it finds after a crash by checksums; so a torn record is dropped, and no commit that had
returned depends on one that had not (sqlite.org/wal.html, sqlite.org/atomiccommit.html).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, Self

from webhooks.spool import opening
from webhooks.spool.broken import SpoolBroken, SpoolUnusable, translated
from webhooks.spool.opening import NAME


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

    def __init__(self, directory: Path, *, max_bytes: int | None = None, read_only: bool = False) -> None:
        """Open the file, and make it where there is none.

        Args:
            directory: where it is; it must exist.
            max_bytes: size to which it may grow; None where nothing will be added.
            read_only: whether nothing is written, which needs no room on the disk.

        Raises:
            SpoolBroken: it cannot be opened, or another version has written it.
        """
        with translated():
            self._database = (
                opening.to_read(directory) if read_only else opening.to_write(directory, max_bytes)
            )
        self._directory = directory
        self._file = _identity(directory / NAME)

    @classmethod
    def reading(cls, directory: Path) -> Self:
        """Open the file so that nothing is written: not to it, and no new file where there is no room.

        Raises:
            SpoolBroken: it cannot be read, or another version has written it.
        """
        return cls(directory, read_only=True)

    def append(self, rows: Sequence[tuple[float, str, bytes]]) -> None:
        """Add records, all or none: `(received_at, head, bodies)`. Durable when this returns.

        Raises:
            SpoolBroken: nothing is promised about any of them. Unless it is only full, open it anew.
        """
        values = [(at, len(head) + len(bodies), head, bodies) for at, head, bodies in rows]
        self._change("INSERT INTO delivery (received_at, size, head, bodies) VALUES (?, ?, ?, ?)", values)

    def heads(self, number: int, *, limit: int) -> list[tuple[int, str]]:
        """Return numbers and heads of the next records, in the order in which they were written."""
        return self._all(
            "SELECT number, head FROM delivery WHERE number > ? ORDER BY number LIMIT ?", number, limit
        )

    def numbers(self, number: int, *, limit: int) -> list[tuple[int, str]]:
        """Return what `heads` does, without the heads, and from the index: for a table that is damaged."""
        return self._all(
            "SELECT number, '' FROM delivery INDEXED BY delivery_size WHERE number > ? "
            "ORDER BY number LIMIT ?",
            number,
            limit,
        )

    def record(self, number: int) -> Row | None:
        """Return one record; None where there is none any more.

        Raises:
            SpoolBroken: this record cannot be read; others may be.
        """
        found = self._all("SELECT head, bodies FROM delivery WHERE number = ?", number)
        return Row(number, *found[0]) if found else None

    def remove(self, numbers: Sequence[int]) -> None:
        """Drop records that the store has; durable when this returns."""
        self._change("DELETE FROM delivery WHERE number = ?", [(one,) for one in numbers])

    def shrink(self) -> None:
        """Give the disk back what removed records took, unless another process is reading just now."""
        with translated():
            # The change is itself a commit, and such a commit drops the free pages.
            self._database.execute("PRAGMA auto_vacuum = FULL")
            self._database.execute("PRAGMA auto_vacuum = INCREMENTAL")
            self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def holding(self) -> Holding:
        """Count what is there."""
        [(records, size, oldest)] = self._all(
            "SELECT COUNT(*), COALESCE(SUM(size), 0), MIN(received_at) FROM delivery"
        )
        return Holding(records=records, bytes=size, oldest=oldest)

    def present(self, directory: Path) -> bool:
        """Whether the directory still has this file: what is written to a deleted one is lost."""
        return _identity(directory / NAME) == self._file

    def close(self) -> None:
        """Close it; what was not committed is gone."""
        with translated():
            self._database.close()

    def _change(self, statement: str, values: Sequence[tuple[Any, ...]]) -> None:
        with translated():
            opening.refuse_without_room_for_the_index(self._directory)
            self._database.execute("BEGIN IMMEDIATE")
            try:
                self._database.executemany(statement, values)
                self._database.execute("COMMIT")
            except BaseException:
                # Some errors end the transaction by themselves.
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")
                raise

    def _all(self, statement: str, *values: object) -> list[Any]:
        with translated():
            return self._database.execute(statement, values).fetchall()


def look(directory: Path) -> Holding:
    """Count what the spool of a directory holds, and write nothing; one without a file holds nothing.

    Raises:
        SpoolUnusable: the file cannot be read.
    """
    with _usable(directory), translated():
        # A file that was only just made, or for which there was no room.
        if not opening.size(directory / NAME):
            return Holding(records=0, bytes=0, oldest=None)
    with opened(directory, SpoolFile.reading) as file:
        return file.holding()


@contextmanager
def opened(directory: Path, how: Callable[[Path], SpoolFile] = SpoolFile) -> Iterator[SpoolFile]:
    """Open the file of a directory for as long as the block runs.

    Raises:
        SpoolUnusable: it cannot be opened, or something in the block found it broken.
    """
    with _usable(directory):
        file = how(directory)
        try:
            yield file
        finally:
            file.close()


@contextmanager
def _usable(directory: Path) -> Iterator[None]:
    try:
        yield
    except SpoolBroken as error:
        msg = f"the spool in {directory} cannot be used: {error}"
        raise SpoolUnusable(msg) from error


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
