"""Standard error for a loop: a reader that does not read must not make the receiver wait."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import TextIO

MOST = 20_000
"""Texts that wait at most; what comes then is dropped and counted."""

PAUSE = 0.02
"""Seconds for which texts are gathered, so that many are written in one call."""

PATIENCE = 1.0
"""Seconds that closing waits for what is not written yet."""


class Outlet:
    """A text stream that writes in a thread of its own."""

    def __init__(self, stream: TextIO, *, dropped: Callable[[int], str]) -> None:
        """Write to `stream`; `dropped` makes the line that says how many were dropped."""
        self._say_dropped = dropped
        self._stream = stream
        self._waiting: deque[str | Callable[[], str]] = deque()
        self._dropped = 0
        self._awake = threading.Event()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="outlet", daemon=True)
        self._thread.start()

    def write(self, text: str) -> int:
        """Take a text; returns at once."""
        self._take(text)
        return len(text)

    def write_later(self, make: Callable[[], str]) -> None:
        """Take what makes a text, and make it in the thread; returns at once."""
        self._take(make)

    def flush(self) -> None:
        """Do nothing: what was taken is written within `PAUSE`, or when its reader reads again."""

    def close(self) -> None:
        """Write what is left, for at most `PATIENCE` seconds."""
        self._closing = True
        self._awake.set()
        self._thread.join(PATIENCE)

    def _take(self, text: str | Callable[[], str]) -> None:
        if len(self._waiting) >= MOST:
            self._dropped += 1
        else:
            self._waiting.append(text)
        if not self._awake.is_set():
            self._awake.set()

    def _run(self) -> None:
        while not self._closing:
            self._awake.wait()
            if not self._closing:
                time.sleep(PAUSE)
            # Before the texts are taken: whoever adds one afterwards wakes this thread again.
            self._awake.clear()
            self._write_out()

    def _write_out(self) -> None:
        texts = []
        while self._waiting:
            text = self._waiting.popleft()
            texts.append(text if isinstance(text, str) else text())
        if self._dropped:
            texts.append(self._say_dropped(self._dropped))
            self._dropped = 0
        # A closed pipe must end neither this thread nor the receiver.
        with suppress(OSError, ValueError):
            self._stream.write("".join(texts))
            self._stream.flush()
