"""Whether a disk takes what is to be kept on it."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path

NEEDED = 1024 * 1024
"""Bytes that must fit: the store's own files at its start, and some of its data."""


def has_room(folder: Path) -> bool:
    """Return whether `NEEDED` bytes can be written to the disk of `folder`, and synced.

    Only writing says so: a quota and the blocks kept for root are in no figure of free space. A
    folder that is not there yet stands for the nearest one above it that is.

    Raises:
        OSError: nothing can be written there for another reason than room.
    """
    there = next(found for found in (folder.resolve(), *folder.resolve().parents) if found.exists())
    try:
        with tempfile.TemporaryFile(dir=there, buffering=0) as probe:
            left = NEEDED
            while left > 0:
                left -= probe.write(bytes(left))
            os.fsync(probe.fileno())
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return False
        raise
    return True
