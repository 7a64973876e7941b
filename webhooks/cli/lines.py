"""What the processes of `hookline up` write: on this terminal, and in a file that stays small."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from pathlib import Path

LARGEST = 8 * 1024 * 1024
"""Bytes at which the file becomes `<name>.1` and another is begun; two are kept."""

SYSTEM = "system"
"""The name under which `hookline up` itself writes."""


class Lines:
    """Writes lines, each under the name of a process; safe among threads.

    A terminal that is gone or a full disk costs the lines, and stops no process that writes them.
    """

    def __init__(self, path: Path, *, width: int) -> None:
        """Write to `path` beside the terminal; names are `width` characters wide."""
        self._path = path
        self._width = max(width, len(SYSTEM))
        self._lock = threading.Lock()
        self._file: int | None = None
        self._size = 0
        with contextlib.suppress(OSError):
            self._open()

    def say(self, text: str, *, name: str = SYSTEM, colour: str = "90") -> None:
        """Write one line under a process's name."""
        label = f"{name:<{self._width}} | "
        with self._lock:
            with contextlib.suppress(OSError):
                self._keep(f"{label}{text}\n".encode(errors="backslashreplace"))
            if sys.stdout.isatty():
                label = f"\x1b[{colour}m{label}\x1b[0m"
            self._show(f"{label}{text}\n")

    def show(self, text: str) -> None:
        """Write to the terminal alone, in one piece, so that no line of a process comes between."""
        with self._lock:
            self._show(text)

    def close(self) -> None:
        """Keep no more lines; the terminal goes on."""
        with self._lock:
            if self._file is not None:
                os.close(self._file)
            self._file = None

    def _show(self, text: str) -> None:
        # ValueError: it is closed, or has no such character.
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.write(text)
            sys.stdout.flush()

    def _keep(self, line: bytes) -> None:
        if self._file is None:
            return
        if self._size + len(line) > LARGEST:
            self._begin_another()
        self._size += os.write(self._file, line)

    def _begin_another(self) -> None:
        self._path.replace(self._path.with_name(f"{self._path.name}.1"))
        whole, self._file = self._file, None
        if whole is not None:
            os.close(whole)
        self._open()

    def _open(self) -> None:
        self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self._size = os.fstat(self._file).st_size
