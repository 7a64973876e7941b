"""What a process prints, as steps of the log: where lines are JSON, each line is."""

from __future__ import annotations

import codecs
import io
import logging
import sys
import threading
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any

from webhooks.telemetry.log import is_json, log_always, log_step

if TYPE_CHECKING:
    from typing_extensions import Buffer

LONGEST = 8192
"""Characters of one line; a longer one becomes several steps."""

About = Callable[[], Mapping[str, Any]]
"""Returns the fields that say what is being done, for example `event`."""


class Printed(io.TextIOBase):
    """A text stream of which each line becomes the step `printed`; safe among threads."""

    def __init__(self, name: str, about: About) -> None:
        """Say of each line that it came by the stream `name`, and what it is about."""
        self._name = name
        self._about = about
        self._lock = threading.RLock()
        self._rest = ""
        self._saying = threading.local()
        self.name = f"<{name}>"
        self.buffer = _Bytes(self)

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """Every character can be printed."""
        return "utf-8"

    def writable(self) -> bool:
        """Return that it can be written to."""
        return True

    def fileno(self) -> int:
        """Return the descriptor below, for programs that are started and write to it themselves."""
        return 1 if self._name == "stdout" else 2

    def reconfigure(self, **_options: Any) -> None:
        """Change nothing: each line is said at once, and in ASCII."""

    def write(self, text: str) -> int:
        """Take a text; what ends no line waits for the rest, or for `end_line`."""
        with self._lock:
            *lines, self._rest = (self._rest + text).split("\n")
            while len(self._rest) > LONGEST:
                lines.append(self._rest[:LONGEST])
                self._rest = self._rest[LONGEST:]
        for line in lines:
            self._say(line)
        return len(text)

    def end_line(self) -> None:
        """Say what waits for the end of its line."""
        with self._lock:
            line, self._rest = self._rest, ""
        self._say(line)

    def _say(self, line: str) -> None:
        # A log that cannot be written says so on this stream, which would end in the log again.
        if getattr(self._saying, "now", False):
            return
        self._saying.now = True
        try:
            self._say_pieces(line)
        finally:
            self._saying.now = False

    def _say_pieces(self, line: str) -> None:
        for start in range(0, len(line), LONGEST):
            log_always("printed", stream=self._name, text=line[start : start + LONGEST], **self._about())


class _Bytes(io.BufferedIOBase):
    """The bytes below a stream, as `sys.stdout.buffer` is: UTF-8, of which what is wrong is replaced."""

    def __init__(self, stream: Printed) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._stream.fileno()

    def write(self, data: Buffer) -> int:
        taken = bytes(data)
        self._stream.write(self._decoder.decode(taken))
        return len(taken)


def _nothing() -> Mapping[str, Any]:
    return {}


def log_prints(about: About = _nothing) -> None:
    """Let what this process prints, and errors that nothing catches, be steps, if its lines are JSON.

    Args:
        about: says what is being done while something is printed.
    """
    if not is_json():
        return
    sys.stdout = Printed("stdout", about)
    sys.stderr = Printed("stderr", about)
    threading.excepthook = _uncaught_in_thread
    sys.excepthook = _uncaught


def end_lines() -> None:
    """Say what was printed without an end of its line."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, Printed):
            stream.end_line()


def _uncaught(kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    reason = f"{kind.__name__}: {error}"
    log_step("uncaught", level=logging.CRITICAL, error=error, reason=reason)


def _uncaught_in_thread(found: threading.ExceptHookArgs) -> None:
    if found.exc_value is None or isinstance(found.exc_value, SystemExit):
        return
    thread = None if found.thread is None else found.thread.name
    log_step("uncaught", level=logging.ERROR, error=found.exc_value, thread=thread)
