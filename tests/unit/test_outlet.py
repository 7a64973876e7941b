"""Lines are written by a thread, so that a reader that does not read stops nobody."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.support.waiting import until
from webhooks.telemetry import outlet
from webhooks.telemetry.outlet import Outlet


class Pipe:
    """A pipe with a reader of the test's own."""

    def __init__(self) -> None:
        self.reader, writer = os.pipe()
        self.stream = os.fdopen(writer, "w")
        self.outlet = Outlet(self.stream, dropped="{} lines were dropped\n".format)

    def read(self, *, until_holds: str) -> str:
        """Read until a text is there."""
        found = ""
        while until_holds not in found:
            found += os.read(self.reader, 65536).decode()
        return found


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    found = Pipe()
    yield found
    os.set_blocking(found.reader, False)
    while found.outlet._waiting:
        os.read(found.reader, 65536)
    found.outlet.close()
    with suppress(BrokenPipeError):
        found.stream.close()
    os.close(found.reader)


def test_lines_are_written_in_their_order(pipe: Pipe) -> None:
    for number in range(100):
        pipe.outlet.write(f"line {number}\n")
    lines = pipe.read(until_holds="line 99\n").splitlines()
    assert lines == [f"line {number}" for number in range(100)]


def test_a_writer_goes_on_while_nobody_reads_and_what_is_too_much_is_counted(
    pipe: Pipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outlet, "MOST", 10)
    # More than the pipe holds: the thread stands in its write.
    pipe.outlet.write("x" * 2**20 + "\n")
    until(lambda: not pipe.outlet._waiting, what="the long line is taken")
    for number in range(15):
        pipe.outlet.write(f"line {number}\n")
    text = pipe.read(until_holds="dropped")
    assert "line 9\n5 lines were dropped" in text
    assert "line 10" not in text


def test_what_makes_a_line_is_called_by_the_thread_in_its_turn(pipe: Pipe) -> None:
    pipe.outlet.write("first\n")
    pipe.outlet.write_later(lambda: f"made in {threading.current_thread().name}\n")
    pipe.outlet.write("last\n")
    assert pipe.read(until_holds="last\n") == "first\nmade in outlet\nlast\n"


def test_what_is_left_is_written_at_the_end(pipe: Pipe) -> None:
    pipe.outlet.write("the last\n")
    pipe.outlet.close()
    assert pipe.read(until_holds="\n") == "the last\n"


def test_a_pipe_that_was_closed_ends_nothing(pipe: Pipe) -> None:
    os.close(pipe.reader)
    pipe.outlet.write("nobody hears this\n")
    until(lambda: not pipe.outlet._waiting, what="the line is taken")
    assert pipe.outlet._thread.is_alive()
    pipe.reader, _ = os.pipe()
