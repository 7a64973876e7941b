"""The lines of a worker: each is JSON, names the event that it is about, and no other."""

from __future__ import annotations

import json
import logging
import signal
from typing import Any

import pytest
import requests

from tests.support.events import admit_one, event
from tests.support.processes import Installation, Process
from tests.support.servers import StoreServer
from tests.support.waiting import until
from webhooks.lifecycle import State
from webhooks.store.listing import count
from workers import celery_lines

CONFIG = """
    [worker]
    handlers = ["handlers"]
    processes = 1
    lease = 2
    sweep_interval = 0.2
"""
HANDLERS = """
    import os, signal, sys, threading
    from workers import Event, on

    print("imported")

    @on("stripe", "*")
    def act(event: Event) -> None:
        print("ran", event.type)
        sys.stderr.write("no end")
        thread = threading.Thread(target=lambda: print("from a thread"))
        thread.start()
        thread.join()
        if event.type == "dies" and event.attempt == 1:
            os.kill(os.getpid(), signal.SIGKILL)
"""


def lines_of(process: Process) -> list[dict[str, Any]]:
    """Each line, which must be JSON."""
    return [json.loads(line) for line in process.output.splitlines()]


def test_what_a_handler_prints_and_who_died_with_its_worker_is_said_in_json(
    installation: Installation, own_server: StoreServer
) -> None:
    installation.configure(CONFIG)
    installation.write_handlers(HANDLERS)
    installation.start_flower()
    worker = installation.start_worker()
    installation.meet()
    store = own_server.connect()
    # Admitted together, so that one turn has both: the first has done nothing wrong.
    store.execute("CLIENT", "PAUSE", 500, "WRITE")
    admit_one(store, event("evt_1", type="innocent"))
    admit_one(store, event("evt_2", type="dies"))
    until(lambda: count(store).states[State.SUCCEEDED] == 2, what=f"both succeed: {worker.output}")
    worker.signal(signal.SIGTERM)
    worker.popen.wait(timeout=30)

    lines = lines_of(worker)
    printed = [one for one in lines if one.get("step") == "printed"]
    assert printed[0] == {**printed[0], "stream": "stdout", "text": "imported"}
    first = [(one["stream"], one["text"]) for one in printed if one.get("event") == "stripe:evt_1"]
    assert first == [("stdout", "ran innocent"), ("stdout", "from a thread"), ("stderr", "no end")]
    assert {one["source"] for one in printed if "event" in one} == {"stripe"}
    (lost,) = [one for one in lines if one.get("step") == "lost"]
    assert (lost["event"], lost["attempt"], lost["level"]) == ("stripe:evt_2", 1, "warning")
    (process,) = [one for one in lines if one.get("step") == "process_lost"]
    assert "SIGKILL" in process["reason"]
    blamed = [one for one in lines if one["level"] in ("warning", "error") and "evt_1" in json.dumps(one)]
    assert blamed == []

    def shown(task_id: str) -> Any:
        found = requests.get(f"http://127.0.0.1:{installation.flower_port}/task/{task_id}", timeout=5).text
        return next((state for state in ("SUCCESS", "RETRY", "STARTED") if state in found), None)

    until(lambda: shown("stripe:evt_2.2") == "SUCCESS", what="Flower has heard all")
    until(lambda: shown("stripe:evt_2.1") == "RETRY", what="and what became of the lost attempt")
    store.close()


@pytest.mark.parametrize(
    ("text", "arguments", "step", "reason"),
    [
        (
            "Hard time limit (%ss) exceeded for %s[%s]",
            (10, "hookline.process", "stripe:evt_1.1"),
            "process_lost",
            "a handler ran past worker.time_limit and was killed",
        ),
        ("Task handler raised error: %r", (OSError("gone"),), "process_lost", "gone"),
    ],
)
def test_a_line_about_a_lost_process_names_no_event(
    text: str, arguments: tuple[object, ...], step: str, reason: str
) -> None:
    record = logging.LogRecord("celery.worker.request", logging.ERROR, "", 1, text, arguments, None)
    assert celery_lines._corrected(record)
    assert (record.getMessage(), record.__dict__["fields"]) == (step, {"reason": reason})


def test_a_soft_limit_is_said_by_the_attempt_alone_and_other_lines_stay() -> None:
    def made(text: str) -> logging.LogRecord:
        return logging.LogRecord("celery.worker.request", logging.WARNING, "", 1, text, (), None)

    assert not celery_lines._corrected(made("Soft time limit (%ss) exceeded for %s[%s]"))
    other = made("something else")
    assert celery_lines._corrected(other)
    assert other.getMessage() == "something else"
