"""The room that a drain needs on the spool's disk: kept in reserve, and given up when it is needed.

SQLite first writes to its log and later moves that to the file. On a disk without room neither the
removal of a record nor that move is possible, and what the store has already cannot leave the spool.
So a file of `RESERVE` bytes lies beside the spool. A drain that finds no room deletes it; nothing is
added to the spool until there is room to make it again.
"""

from __future__ import annotations

import errno
import mmap
import os
from contextlib import suppress
from pathlib import Path

RESERVE = 8 * 1024 * 1024
"""Bytes of the reserve: a log at its limit of 4 MiB moves to the file, and a removal fits besides."""

SPARE = 1024 * 1024
"""Bytes that stay free besides the reserve when a record is added."""

_INDEX = 64 * 1024
"""Bytes of SQLite's index of a log twice as long as ours (sqlite.org/walformat.html, section 2)."""

NAME = "reserve"

_AGAIN = RESERVE * 3 // 2
"""Free bytes above which the reserve is made: more than a drain frees by deleting it, which would lose it."""

FULL = (errno.ENOSPC, errno.EDQUOT)
"""What a system call says when nothing but room (or a file's number, or a quota) is missing."""


def shortage(directory: Path, *, adding: int = 0) -> str | None:
    """Say why `adding` bytes may not be added to the spool of a directory; None when they may.

    A record is written twice, to the log and then to the file.

    Raises:
        OSError: the directory cannot be looked at.
    """
    free = free_bytes(directory)
    needed = SPARE + 2 * adding if reserved(directory) else _AGAIN
    if free >= needed:
        return None
    return f"its disk has {free:,} bytes free, and {needed:,} are needed so that a drain has room"


def index_shortage(directory: Path) -> str | None:
    """Say why SQLite may not touch its index of the log in a directory; None when it may.

    The index is mapped into memory. SQLite writes one byte of each page before that, so that the page
    has its room on the disk. Where blocks are smaller than a page, as on a small ext4, the rest of the
    page has none, and on a full disk the first write to it ends the process with SIGBUS.

    Raises:
        OSError: the directory cannot be looked at.
    """
    if os.statvfs(directory).f_frsize >= mmap.PAGESIZE or (free := free_bytes(directory)) >= _INDEX:
        return None
    return f"its disk has {free:,} bytes free, and {_INDEX:,} are needed to look into the file"


def free_bytes(directory: Path) -> int:
    """Return the free bytes of the directory's file system, for a user without privileges.

    Raises:
        OSError: the directory cannot be looked at.
    """
    found = os.statvfs(directory)
    return found.f_bavail * found.f_frsize


def reserved(directory: Path) -> bool:
    """Whether the reserve is there."""
    try:
        return (directory / NAME).stat().st_size >= RESERVE
    except OSError:
        return False


def reserve(directory: Path) -> bool:
    """Make the reserve unless it is there or room is scarce; return whether it is there."""
    if reserved(directory):
        return True
    try:
        if free_bytes(directory) < _AGAIN:
            return False
        handle = os.open(directory / NAME, os.O_CREAT | os.O_RDWR, 0o600)
        try:
            os.posix_fallocate(handle, 0, RESERVE)
        finally:
            os.close(handle)
    except OSError:
        # Without it `shortage` wants the same room free.
        release(directory)
        return False
    return True


def release(directory: Path) -> bool:
    """Give the reserve up; return whether there was one."""
    with suppress(OSError):
        (directory / NAME).unlink()
        return True
    return False
