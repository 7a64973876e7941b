"""What a process prints is said line by line, with what it is about."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.python import run_python
from webhooks.telemetry import printed
from webhooks.telemetry.printed import LONGEST, Printed


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = []
    monkeypatch.setattr(printed, "log_always", lambda step, **fields: steps.append({"step": step, **fields}))
    return steps


def test_each_line_is_a_step_with_its_stream_and_what_it_is_about(said: list[dict[str, Any]]) -> None:
    Printed("stderr", lambda: {"event": "stripe:evt_1"}).write("one\ntwo\n")
    about = {"step": "printed", "stream": "stderr", "event": "stripe:evt_1"}
    assert said == [{**about, "text": "one"}, {**about, "text": "two"}]


def test_a_line_is_said_when_it_ends(said: list[dict[str, Any]]) -> None:
    stream = Printed("stdout", dict)
    print("half", end="", file=stream)
    assert said == []
    print(" whole", file=stream)
    print("rest", end="", file=stream)
    stream.end_line()
    stream.end_line()
    assert [one["text"] for one in said] == ["half whole", "rest"]


def test_bytes_are_said_as_text_also_where_a_character_comes_in_two_parts(said: list[dict[str, Any]]) -> None:
    stream = Printed("stdout", dict)
    for part in ("é".encode()[:1], "é".encode()[1:], memoryview(b"\xff\n")):
        assert stream.buffer.write(part) == len(part)
    assert [one["text"] for one in said] == ["é\N{REPLACEMENT CHARACTER}"]


def test_a_handler_may_set_up_the_stream_as_any_other(said: list[dict[str, Any]]) -> None:
    stream = Printed("stdout", dict)
    stream.reconfigure(line_buffering=True, encoding="latin-1")
    stream.write("é\n")
    assert (stream.name, said[0]["text"]) == ("<stdout>", "é")


def test_a_long_line_is_said_in_pieces(said: list[dict[str, Any]]) -> None:
    Printed("stdout", dict).write("x" * (2 * LONGEST + 1) + "\n")
    assert [len(one["text"]) for one in said] == [LONGEST, LONGEST, 1]


def test_a_log_that_prints_its_own_fault_does_not_go_round(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Printed("stderr", dict)
    times = []

    def broken(_step: str, **_fields: Any) -> None:
        times.append(1)
        stream.write("--- Logging error ---\n")

    monkeypatch.setattr(printed, "log_always", broken)
    stream.write("a line\n")
    assert times == [1]


PROCESS = """
import sys, threading
from webhooks.telemetry.log import configure
from webhooks.telemetry.printed import log_prints
configure(form={form!r}, level={level!r})
log_prints()
print("out")
print("err", file=sys.stderr)
thread = threading.Thread(target=lambda: 1 / 0, name="mine")
thread.start(); thread.join()
raise ValueError("at the end")
"""


def test_every_line_of_a_process_is_json_up_to_its_last_error() -> None:
    done = run_python(PROCESS.format(form="json", level="info"))
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert done.stdout == ""
    assert [(one["step"], one.get("text") or one.get("thread") or one["reason"]) for one in lines] == [
        ("printed", "out"),
        ("printed", "err"),
        ("uncaught", "mine"),
        ("uncaught", "ValueError: at the end"),
    ]
    assert all("traceback" in one for one in lines[2:])


def test_text_is_printed_as_it_is() -> None:
    done = run_python(PROCESS.format(form="text", level="info"))
    assert done.stdout == "out\n"
    assert "err\n" in done.stderr
    assert "ValueError: at the end" in done.stderr


def test_what_is_printed_is_said_whatever_the_level() -> None:
    lines = run_python(PROCESS.format(form="json", level="error")).stderr.splitlines()
    assert [json.loads(line).get("text") for line in lines][:2] == ["out", "err"]
