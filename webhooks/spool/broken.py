"""What SQLite and the system say of the spool's file, as this project's errors."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from webhooks.errors import Unavailable
from webhooks.spool.room import FULL

_NO_ROOM = ("SQLITE_FULL", "SQLITE_IOERR_SHMSIZE")
"""Where the file or its log finds no room, and where the log's index does not (sqlite.org/rescode.html)."""

_DAMAGE = ("SQLITE_CORRUPT", "SQLITE_IOERR_READ", "SQLITE_IOERR_SHORT_READ")
"""How the names begin of what is wrong with the pages that were read: damaged, or on a bad sector."""


class SpoolBroken(Exception):
    """The file cannot be written or read; the text says what SQLite said.

    Attributes:
        full: whether nothing but room is missing.
        damaged: whether the pages of this record are at fault, and those of others may not be.
    """

    def __init__(self, message: str, *, full: bool = False, damaged: bool = False) -> None:
        """Keep what kind of fault it is."""
        self.full = full
        self.damaged = damaged
        super().__init__(message)


class SpoolUnusable(Unavailable):
    """The spool of this machine cannot be read, whatever the store does."""


@contextmanager
def translated() -> Iterator[None]:
    """Raise SpoolBroken for what SQLite or the system raises in the block."""
    try:
        yield
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", type(error).__name__)
        raise SpoolBroken(
            f"{error} ({name})", full=name in _NO_ROOM, damaged=name.startswith(_DAMAGE)
        ) from error
    except OSError as error:
        raise SpoolBroken(str(error.strerror), full=error.errno in FULL) from error
