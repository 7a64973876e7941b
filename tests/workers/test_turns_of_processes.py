"""Turns in real worker processes: bursts, kills, stops, time limits and garbage."""

from __future__ import annotations

import json
import os
import signal
from collections import Counter
from collections.abc import Iterator

import pytest
import requests

from tests.chaos.experiments.garbage import CASES
from tests.support.events import admit_one, event
from tests.support.life import record_of
from tests.support.processes import Installation, Process
from tests.support.servers import StoreServer
from tests.support.waiting import until
from tests.workers.test_garbage import READ_BY_CELERY
from webhooks.lifecycle import State
from webhooks.store.connection import RedisConnection
from webhooks.store.keys import KEYS

# Each handler writes a line for each of its effects, so that the file is the proof.
HANDLERS = """
    import json, os, time
    from pathlib import Path
    from workers import Dead, Event, on

    def effect(event):
        handle = os.open("effects.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.write(handle, (json.dumps([event.id, event.attempt, os.getpid()]) + "\\n").encode())
        os.close(handle)

    def wait_for(name):
        while not Path(name).exists():
            time.sleep(0.01)

    @on("stripe", "plain")
    def plain(event: Event) -> None:
        effect(event)

    @on("stripe", "hangs")
    def hangs(event: Event) -> None:
        effect(event)
        Path("reached").touch()
        if event.attempt == 1:
            wait_for("go")

    @on("stripe", "fails")
    def fails(event: Event) -> None:
        effect(event)
        if event.attempt == 1:
            raise ValueError("the first time")

    @on("stripe", "dies")
    def dies(event: Event) -> None:
        effect(event)
        raise Dead("no use")
"""


def _config(processes: int) -> str:
    return f"""
    [worker]
    handlers = ["handlers"]
    processes = {processes}
    lease = 2
    sweep_interval = 0.2

    [retry]
    first = 0.1
    longest = 0.1
"""


@pytest.fixture
def hookline(installation: Installation) -> Installation:
    installation.configure(_config(1))
    installation.write_handlers(HANDLERS)
    return installation


@pytest.fixture
def store(own_server: StoreServer) -> Iterator[RedisConnection]:
    found = own_server.connect()
    yield found
    found.close()


def _admit(store: RedisConnection, kinds: list[str]) -> list[str]:
    for number, kind in enumerate(kinds):
        admit_one(store, event(f"evt_{number}", type=kind))
    return [f"stripe:evt_{number}" for number, _ in enumerate(kinds)]


def _effects(hookline: Installation) -> Counter[tuple[str, int]]:
    """How often each attempt had its effect."""
    path = hookline.folder / "effects.jsonl"
    lines = path.read_text().splitlines() if path.exists() else []
    return Counter((event_id, attempt) for event_id, attempt, _ in map(json.loads, lines))


def _state(store: RedisConnection, event_id: str) -> str:
    return str(store.execute("HGET", KEYS["event"] + event_id, "state").decode())


def _all(store: RedisConnection, ids: list[str], state: State) -> None:
    until(
        lambda: store.execute("ZCARD", KEYS["state"] + f"stripe:{state}") == len(ids),
        what=f"all are {state}",
    )


def _reached(hookline: Installation, worker: Process) -> None:
    until((hookline.folder / "reached").exists, what=f"the handler has begun: {worker.output[-2000:]}")


def test_every_event_of_a_burst_has_its_effect_once(
    hookline: Installation, own_server: StoreServer, store: RedisConnection
) -> None:
    hookline.configure(_config(2))
    ids = _admit(store, ["plain"] * 500)
    store.execute("CONFIG", "RESETSTAT")

    hookline.start_worker()

    _all(store, ids, State.SUCCEEDED)
    assert _effects(hookline) == {(event_id, 1): 1 for event_id in ids}
    statistics = store.execute("INFO", "commandstats").decode()
    # A hint that a turn takes is popped by a script; Celery would have popped each.
    popped = int(statistics.partition("cmdstat_rpop:calls=")[2].partition(",")[0])
    assert popped > len(ids) / 2
    # On a slow machine the sweeper has hinted some a second time; these are dropped as they are met.
    until(lambda: store.execute("LLEN", KEYS["queue"]) == 0, what="the queue is empty")


def test_a_worker_killed_in_the_middle_of_a_turn_loses_nothing_and_repeats_only_what_was_in_hand(
    hookline: Installation, own_server: StoreServer, store: RedisConnection
) -> None:
    ids = _admit(store, ["plain"] * 20 + ["hangs"] + ["plain"] * 20)
    doomed = hookline.start_worker()
    _reached(hookline, doomed)

    doomed.kill_group()
    hookline.start_worker()

    _all(store, ids, State.SUCCEEDED)
    assert _effects(hookline) == {**{(event_id, 1): 1 for event_id in ids}, ("stripe:evt_20", 2): 1}


@pytest.mark.parametrize("whom", ["the worker", "its whole group"])
def test_a_worker_that_is_stopped_within_a_turn_leaves_nothing_in_hand(
    hookline: Installation, own_server: StoreServer, store: RedisConnection, whom: str
) -> None:
    ids = _admit(store, ["plain"] * 5 + ["hangs"] + ["plain"] * 3000)
    worker = hookline.start_worker()
    _reached(hookline, worker)

    if whom == "the worker":
        worker.signal(signal.SIGTERM)
    else:
        os.killpg(worker.popen.pid, signal.SIGTERM)
    until(lambda: "Warm shutdown" in worker.output, what="it knows")
    (hookline.folder / "go").touch()

    assert worker.popen.wait(timeout=30) == 0
    states = Counter(_state(store, event_id) for event_id in ids)
    assert set(states) == {"succeeded", "queued"}
    assert 5 <= states["succeeded"] < 20
    done = {(event_id, 1): 1 for event_id in ids if _state(store, event_id) == "succeeded"}
    # An interrupted handler may have had its effect; it is the one of the first six that hangs.
    assert {**_effects(hookline), ("stripe:evt_5", 1): 1} == {**done, ("stripe:evt_5", 1): 1}
    assert {record_of(store, event_id).event.attempt for event_id, _ in done} == {1}

    hookline.start_worker()
    _all(store, ids, State.SUCCEEDED)
    effects = _effects(hookline)
    assert set(effects.values()) == {1}
    # What was interrupted runs again under another number, and is one of the first six.
    assert {event_id for event_id, attempt in effects if attempt > 1 and (event_id, 1) in effects} <= {
        "stripe:evt_5"
    }


def test_the_second_event_of_a_turn_has_its_whole_time_and_then_fails_and_runs_again(
    hookline: Installation, own_server: StoreServer, store: RedisConnection
) -> None:
    ids = _admit(store, ["plain", "hangs", "plain"])

    worker = hookline.start_worker(HOOKLINE_WORKER_TIME_LIMIT="1")

    _all(store, ids, State.SUCCEEDED)
    assert _effects(hookline) == {**{(event_id, 1): 1 for event_id in ids}, (ids[1], 2): 1}
    (failed,) = [line for line in worker.output.splitlines() if "TimeLimit" in line]
    told = json.loads(failed)
    assert (told["step"], told["event"]) == ("waiting", ids[1])
    assert 1.0 <= told["duration"] < 10.0


def test_failures_in_a_turn_are_their_own_events_alone(
    hookline: Installation, own_server: StoreServer, store: RedisConnection
) -> None:
    kinds = ["plain", "fails", "dies", "plain"] * 25
    ids = _admit(store, kinds)

    hookline.start_worker()

    until(lambda: store.execute("ZCARD", KEYS["state"] + "stripe:succeeded") == 75, what="the others succeed")
    assert store.execute("ZCARD", KEYS["state"] + "stripe:dead") == 25
    expected = {(event_id, 1): 1 for event_id in ids}
    expected |= {(event_id, 2): 1 for event_id, kind in zip(ids, kinds, strict=True) if kind == "fails"}
    assert _effects(hookline) == expected


def test_garbage_between_the_hints_of_a_burst_costs_no_event(
    hookline: Installation, own_server: StoreServer, store: RedisConnection
) -> None:
    ids = []
    for number, name in enumerate(READ_BY_CELERY):
        for own in (f"a_{number}", f"b_{number}", f"c_{number}"):
            admit_one(store, event(own, type="plain"))
            ids.append(f"stripe:{own}")
        store.execute("LPUSH", KEYS["queue"], CASES[name]())

    worker = hookline.start_worker()

    _all(store, ids, State.SUCCEEDED)
    until(lambda: store.execute("LLEN", KEYS["queue"]) == 0, what="the queue is empty")
    assert worker.popen.poll() is None
    assert _effects(hookline) == {(event_id, 1): 1 for event_id in ids}


def test_flower_lists_every_event_of_a_turn(
    hookline: Installation, own_server: StoreServer, store: RedisConnection
) -> None:
    hookline.start_flower()
    hookline.start_worker()
    hookline.meet()
    # One event holds the process until the others wait behind it.
    kinds = ["hangs", "plain", "fails", "dies", "plain"]
    admit_one(store, event("evt_0", type=kinds[0]))
    until((hookline.folder / "reached").exists, what="the turn has begun")
    ids = _admit(store, kinds)
    (hookline.folder / "go").touch()
    shown = {
        f"{ids[0]}.1": ("stripe:hangs", "SUCCESS"),
        f"{ids[1]}.1": ("stripe:plain", "SUCCESS"),
        f"{ids[2]}.1": ("stripe:fails", "RETRY"),
        f"{ids[2]}.2": ("stripe:fails", "SUCCESS"),
        f"{ids[3]}.1": ("stripe:dies", "FAILURE"),
        f"{ids[4]}.1": ("stripe:plain", "SUCCESS"),
    }
    for task_id, (name, state) in shown.items():
        page = f"http://127.0.0.1:{hookline.flower_port}/task/{task_id}"

        def listed(page: str = page, name: str = name, state: str = state) -> bool:
            text = requests.get(page, timeout=5).text
            return name in text and state in text

        until(listed, what=f"Flower shows {task_id} as {state}")
