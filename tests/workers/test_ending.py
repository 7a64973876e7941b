"""A worker that is told to stop ends within its grace and a little more, whatever holds it."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path

import pytest

from tests.support.events import admit_one, event
from tests.support.life import record_of
from tests.support.processes import Installation, Process
from tests.support.servers import StoreServer
from tests.support.waiting import until
from webhooks.lifecycle import State
from workers.ending import LAST

CONFIG = """
[worker]
handlers = ["handlers"]
processes = 1
lease = 2
sweep_interval = 0.2
grace = 1
"""

HANDLERS = """
import time
from pathlib import Path
from workers import Event, on

@on("stripe", "deaf")
def deaf(event: Event) -> None:
    Path("reached").touch()
    while event.attempt == 1:
        try:
            time.sleep(0.05)
        except BaseException:
            Path("interrupted").touch()

@on("stripe", "long")
def long(event: Event) -> None:
    Path("reached").touch()
    if event.attempt == 1 and not Path("interrupted").exists():
        try:
            time.sleep(60)
        finally:
            Path("interrupted").touch()
"""


def _busy_worker(
    installation: Installation, server: StoreServer, kind: str, *, remapped: str = ""
) -> Process:
    installation.configure(CONFIG)
    installation.write_handlers(HANDLERS)
    admit_one(server.connect(), event("evt_1", type=kind))
    worker = installation.start_worker(REMAP_SIGTERM=remapped)
    until((installation.folder / "reached").exists, what="the handler is at work")
    return worker


@pytest.mark.parametrize("remapped", ["", "SIGQUIT"])
def test_a_handler_that_swallows_its_interruption_is_killed_and_its_event_taken_over(
    installation: Installation, own_server: StoreServer, remapped: str
) -> None:
    worker = _busy_worker(installation, own_server, "deaf", remapped=remapped)
    children = worker.children()

    began = time.monotonic()
    worker.signal(signal.SIGTERM)
    worker.popen.wait(timeout=60)

    assert time.monotonic() - began > 1 + LAST - 0.5
    assert (installation.folder / "interrupted").exists()
    steps = [json.loads(line) for line in worker.output.splitlines() if line.startswith('{"at"')]
    assert [one["processes"] for one in steps if one.get("step") == "killed"] == [1]
    until(lambda: not any(_alive(pid) for pid in children), what="its processes are gone")

    installation.start_worker()
    until(lambda: _state(own_server) is State.SUCCEEDED, what="another worker has done it")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGQUIT])
def test_a_handler_that_is_interrupted_gives_its_event_back_and_nobody_is_killed(
    installation: Installation, own_server: StoreServer, number: signal.Signals
) -> None:
    worker = _busy_worker(installation, own_server, "long")

    worker.signal(number)
    worker.popen.wait(timeout=60)

    assert '"killed"' not in worker.output
    assert (installation.folder / "interrupted").exists()
    assert _state(own_server) is State.QUEUED
    event = record_of(own_server.connect(), "stripe:evt_1").event
    assert (event.attempt, event.interrupted) == (1, 1)


def _state(server: StoreServer) -> State:
    return record_of(server.connect(), "stripe:evt_1").state


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
