"""A real worker process that is stopped past its lease, and goes on."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator

import pytest

from tests.support.events import admit_one, event
from tests.support.life import record_of, server_time
from tests.support.processes import Installation
from tests.support.servers import StoreServer
from tests.support.waiting import until
from webhooks.lifecycle import State
from webhooks.store.connection import RedisConnection
from webhooks.store.keys import KEYS

EVENT = "stripe:evt_1"

# The first attempt waits for `go`, and its effect comes at once then.
HANDLERS = """
    import json, os, time
    from pathlib import Path
    from workers import Event, on

    def write(name, event):
        handle = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        line = [event.id, event.attempt, event.interrupted, os.getpid()]
        os.write(handle, (json.dumps(line) + "\\n").encode())
        os.close(handle)

    @on("stripe", "waits")
    def waits(event: Event) -> None:
        write("begun", event)
        if event.attempt == 1:
            while not Path("go").exists():
                time.sleep(0.01)
        write("effects", event)
"""


def _config(processes: int, lease: float) -> str:
    return f"""
    [worker]
    handlers = ["handlers"]
    processes = {processes}
    lease = {lease}
    sweep_interval = 0.1
    """


@pytest.fixture
def store(own_server: StoreServer) -> Iterator[RedisConnection]:
    found = own_server.connect()
    yield found
    found.close()


def _lines(hookline: Installation, name: str) -> list[list[int | str]]:
    path = hookline.folder / name
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def _freeze(hookline: Installation, store: RedisConnection, *, processes: int, lease: float) -> int:
    """Stop a process within a handler, and return its pid."""
    hookline.configure(_config(processes, lease))
    hookline.write_handlers(HANDLERS)
    admit_one(store, event("evt_1", type="waits"))
    worker = hookline.start_worker()
    until(lambda: _lines(hookline, "begun"), what=f"the handler has begun: {worker.output[-2000:]}")
    pid = int(_lines(hookline, "begun")[0][3])
    os.kill(pid, signal.SIGSTOP)
    return pid


def _gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_a_process_that_wakes_past_its_lease_has_no_effect_after_another_workers(
    installation: Installation, store: RedisConnection
) -> None:
    pid = _freeze(installation, store, processes=2, lease=1.0)
    until(lambda: record_of(store, EVENT).state is State.SUCCEEDED, what="another process takes it")
    (installation.folder / "go").touch()
    before = record_of(store, EVENT)

    os.kill(pid, signal.SIGCONT)

    until(lambda: _gone(pid), what="the process that was frozen ends")
    assert [line[:3] for line in _lines(installation, "effects")] == [[EVENT, 2, 1]]
    assert record_of(store, EVENT) == before


def test_a_process_that_wakes_past_its_lease_records_nothing_though_no_other_took_its_event(
    installation: Installation, store: RedisConnection
) -> None:
    pid = _freeze(installation, store, processes=1, lease=1.0)
    key = KEYS["event"] + EVENT
    until(
        lambda: int(store.execute("HGET", key, "lease_until")) / 1000 < server_time(store) - 0.5,
        what="its lease has run out",
    )
    (installation.folder / "go").touch()

    os.kill(pid, signal.SIGCONT)

    until(lambda: record_of(store, EVENT).state is State.SUCCEEDED, what="the process that follows takes it")
    until(lambda: _gone(pid), what="the process that was frozen has ended")
    assert [line[:3] for line in _lines(installation, "effects")] == [[EVENT, 2, 1]]


def test_a_process_that_wakes_within_its_lease_goes_on(
    installation: Installation, store: RedisConnection
) -> None:
    pid = _freeze(installation, store, processes=1, lease=60.0)
    (installation.folder / "go").touch()

    os.kill(pid, signal.SIGCONT)

    until(lambda: record_of(store, EVENT).state is State.SUCCEEDED, what="it ends well")
    assert not _gone(pid)
    assert [line[:3] for line in _lines(installation, "effects")] == [[EVENT, 1, 0]]
