"""One process has a directory for itself: a lock that the kernel releases when that process ends."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path


class DirectoryLock:
    """An exclusive lock on a directory, which a child process takes over.

    The lock is flock's, and belongs to an open file. A child that inherits the file has the lock
    after its `exec` too, and as soon as this process closes its own copy the child alone has it,
    until it ends, however it ends (flock(2)).
    """

    def __init__(self, path: Path) -> None:
        """Lock by the file `path`, which says the process id of who has the lock."""
        self.path = path
        self._file: int | None = None

    def take(self) -> bool:
        """Take the lock; return False when another process has it.

        Raises:
            OSError: the file cannot be opened.
        """
        found = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(found, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # What is written there is true or empty, never of an earlier process.
            os.ftruncate(found, 0)
        except BlockingIOError:
            os.close(found)
            return False
        except OSError:
            os.close(found)
            raise
        self._file = found
        return True

    @property
    def file(self) -> int:
        """The file descriptor to be inherited by the child."""
        if self._file is None:
            msg = "the lock is not taken"
            raise ValueError(msg)
        return self._file

    def hand_over(self, pid: int) -> None:
        """Leave the lock to the child process `pid`, which has inherited `file`."""
        try:
            os.pwrite(self.file, f"{pid}\n".encode(), 0)
        except OSError:
            # On a full disk the number is missing; the lock holds without it.
            os.ftruncate(self.file, 0)
        finally:
            self.release()

    def release(self) -> None:
        """Close this process's copy of the lock."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def holder(self) -> int | None:
        """Return the process that has the lock; None when it is not known."""
        try:
            found = int(self.path.read_text(encoding="ascii"))
        except (OSError, ValueError):
            return None
        return found if found > 1 else None
