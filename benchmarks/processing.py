"""Workers at their highest rate, with nothing to do in each event: what the way to a handler and back costs.

`python -m benchmarks.processing` measures it alone.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import click

from benchmarks import cores
from benchmarks.catalog import HOOKLINE, no_node
from benchmarks.contestants.common import COUNT_SIZE
from benchmarks.kept import keep
from benchmarks.race import Invalid
from benchmarks.report import write
from benchmarks.store import store_server
from benchmarks.taken import taken
from tests.support.events import NOW
from tests.support.processes import Process
from tests.support.waiting import until
from webhooks.event import Event
from webhooks.lifecycle import State
from webhooks.store.admission import Arrival, admit
from webhooks.store.connection import Connection
from webhooks.store.keys import KEYS, PREFIX, TASK
from webhooks.store.listing import count
from webhooks.store.message import hint

BODY = 1024
"""Bytes of an event's body."""

WARMUP = 1500
"""Events before a measurement, in which a worker starts and its code is compiled."""

LOOK = 0.02
"""Seconds between two looks at how many are done."""

_ROOT = Path(__file__).parents[1]
_NODE = Path(__file__).parent / "node" / "worker.mjs"
_CONFIG = """
[sources.stripe]
provider = "stripe"
secrets = ["whsec_fake_for_benchmarks"]

[worker]
handlers = ["benchmarks.contestants.empty_handler"]
processes = 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """Who works, with one process for the events.

    Attributes:
        name: in the figures.
        title: for a table.
        command: what to run.
        highest: events a second that it will not reach; as many wait for it for each second.
        fill: queues so many events.
        done: counts those that are through.
        left: counts those that wait or are in hand.
        missing: why it cannot run on this machine; empty when it can.
    """

    name: str
    title: str
    command: tuple[str, ...]
    highest: int
    fill: Callable[[Connection, str, int], None]
    done: Callable[[Connection, Path], int]
    left: Callable[[Connection], int]
    missing: Callable[[], str] = lambda: ""


def _fill_hookline(store: Connection, url: str, number: int) -> None:
    body = b"x" * BODY
    for first in range(0, number, 500):
        events = [
            Event(
                id=f"stripe:evt_{own}",
                source="stripe",
                type="invoice.paid",
                body=body,
                headers=(("Content-Type", "application/json"), ("Stripe-Signature", "t=1,v1=00")),
                method="POST",
                url="https://hooks.example.com/webhooks/stripe",
                received_at=NOW,
            )
            for own in range(first, min(first + 500, number))
        ]
        arrivals = [
            Arrival(event=event, digest="", remember_body=False, body_fixed=False) for event in events
        ]
        admit(store, arrivals, key_retention=7200.0, dead_retention=3600.0)
    # Above a number of waiting messages an admission adds none; here each event has its own.
    store.execute("DEL", KEYS["queue"])
    _queue(store, number, task=TASK)


def _fill_celery(store: Connection, url: str, number: int) -> None:
    _queue(store, number, task="bench.empty")


def _queue(store: Connection, number: int, *, task: str) -> None:
    messages = [
        hint(f"stripe:evt_{own}", source="stripe", type="invoice.paid", attempt=1).replace(
            f'"task": "{TASK}"', f'"task": "{task}"'
        )
        for own in range(number)
    ]
    for first in range(0, number, 500):
        store.execute("LPUSH", KEYS["queue"], *messages[first : first + 500])


def _fill_bullmq(store: Connection, url: str, number: int) -> None:
    subprocess.run(
        ["node", str(_NODE), "fill", str(number), str(BODY)],
        env={**os.environ, "BENCH_REDIS_URL": url},
        check=True,
    )


def _left_in_hookline(store: Connection) -> int:
    return sum(number for state, number in count(store).states.items() if state is not State.SUCCEEDED)


def _left_in_bullmq(store: Connection) -> int:
    return sum(int(store.execute("LLEN", f"bull:webhooks:{name}")) for name in ("wait", "active"))


def _bullmq(concurrency: int) -> Worker:
    return Worker(
        name=f"bullmq-{concurrency}",
        title=f"BullMQ, {concurrency} at once",
        command=("node", str(_NODE), str(concurrency)),
        highest=16_000,
        fill=_fill_bullmq,
        done=lambda store, _: int(store.execute("ZCARD", "bull:webhooks:completed")),
        left=_left_in_bullmq,
        missing=no_node,
    )


WORKERS = (
    Worker(
        name=HOOKLINE,
        title="**Hookline**: claim, handler, record",
        command=(sys.executable, "-m", "workers"),
        highest=9000,
        fill=_fill_hookline,
        done=lambda store, _: int(store.execute("ZCARD", f"{KEYS['state']}stripe:{State.SUCCEEDED}")),
        left=_left_in_hookline,
    ),
    Worker(
        name="celery",
        title="Celery, an empty task, `acks_late`",
        command=(
            *(sys.executable, "-m", "celery", "-A", "benchmarks.contestants.empty_task", "--quiet"),
            *("worker", "--without-gossip", "--without-mingle", "--loglevel", "WARNING"),
        ),
        highest=4000,
        fill=_fill_celery,
        done=lambda _, folder: int.from_bytes((folder / "count").read_bytes(), "little"),
        left=lambda store: (
            int(store.execute("LLEN", KEYS["queue"])) + int(store.execute("HLEN", PREFIX + "unacked"))
        ),
    ),
    _bullmq(1),
    _bullmq(16),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """One worker in one round.

    Attributes:
        rate: events a second.
        processor: seconds of processor time for an event, of all its processes.
        core: how much of its core it used.
        given: events that were there for it.
        found: events found afterwards, done or waiting.
    """

    rate: float
    processor: float
    core: float
    given: int
    found: int


def _shift(worker: Worker, *, core: int, seconds: int) -> Shift:
    folder = Path(tempfile.mkdtemp(prefix="hookline-bench-"))
    (folder / "store").mkdir()
    (folder / "count").write_bytes(bytes(COUNT_SIZE))
    (folder / "hookline.toml").write_text(_CONFIG, encoding="utf-8")
    server = store_server(folder / "store")
    server.start()
    store = server.connect()
    environ = {
        **os.environ,
        "HOOKLINE_CONFIG": str(folder / "hookline.toml"),
        "HOOKLINE_REDIS_URL": server.url,
        "HOOKLINE_LOG_FORMAT": "json",
        "BENCH_REDIS_URL": server.url,
        "BENCH_COUNT": str(folder / "count"),
        "NODE_ENV": "production",
    }
    process = None
    try:
        given = WARMUP + worker.highest * seconds
        worker.fill(store, server.url, given)
        process = Process(
            worker.name,
            ["taskset", "--cpu-list", str(core), *worker.command],
            folder=_ROOT,
            environ=environ,
            log=folder / "worker.log",
        )
        until(lambda: worker.done(store, folder) >= WARMUP, what=f"{worker.name} works: {process.output}")
        used, first, began = (
            cores.seconds_used(process.popen.pid),
            worker.done(store, folder),
            time.monotonic(),
        )
        while time.monotonic() - began < seconds:
            time.sleep(LOOK)
        last, lasted = worker.done(store, folder), time.monotonic() - began
        used = cores.seconds_used(process.popen.pid) - used
        if last >= given:
            raise Invalid(f"{worker.name} was faster than events were made for it")
        process.stop()
        done = last - first
        return Shift(
            rate=done / lasted,
            processor=used / done,
            core=used / lasted,
            given=given,
            found=worker.done(store, folder) + worker.left(store),
        )
    finally:
        if process is not None and process.popen.poll() is None:
            process.kill_group()
        store.close()
        server.stop()
        shutil.rmtree(folder)


def hold(name: str, shift: Shift) -> None:
    """Hold what is found against what was given.

    Raises:
        Invalid: something is lost, or there twice; but for the one in hand when a worker is stopped,
            which Celery may have done and put back.
    """
    if not shift.given <= shift.found <= shift.given + 1:
        raise Invalid(f"{name} was given {shift.given:,} events, and {shift.found:,} are found")


def measure(*, core: int, rounds: int, seconds: int) -> dict[str, Any]:
    """Give each worker its turn in each round, and return what is kept of it."""
    present = [worker for worker in WORKERS if not worker.missing()]
    shifts: dict[str, list[Shift]] = {worker.name: [] for worker in present}
    for _ in range(rounds):
        for worker in present:
            shift = _shift(worker, core=core, seconds=seconds)
            hold(worker.name, shift)
            shifts[worker.name].append(shift)
    missing = [{"title": one.title, "reason": one.missing()} for one in WORKERS if one.missing()]
    rows = [_row(worker, shifts[worker.name]) for worker in present]
    return {"warmup": WARMUP, "seconds": seconds, "workers": rows, "missing": missing}


def _row(worker: Worker, shifts: Sequence[Shift]) -> dict[str, Any]:
    return {
        "name": worker.name,
        "title": worker.title,
        "rounds": [round(one.rate, 1) for one in shifts],
        "rate": round(median(one.rate for one in shifts), 1),
        "processor": round(median(one.processor for one in shifts), 7),
        "core": round(median(one.core for one in shifts), 3),
        "given": sum(one.given for one in shifts),
        "found": sum(one.found for one in shifts),
    }


@click.command()
@click.option("--seconds", type=click.IntRange(min=1), default=5, show_default=True, help="Of a turn.")
@click.option("--rounds", type=click.IntRange(min=1), default=3, show_default=True, help="Turns of each.")
@click.option("--publish/--no-publish", default=False, help="Write what was seen to docs/performance.md.")
def main(*, seconds: int, rounds: int, publish: bool) -> None:
    """Measure Hookline's worker beside an empty Celery task and BullMQ."""
    core, others = cores.split()
    os.sched_setaffinity(0, others)
    try:
        found = measure(core=core, rounds=rounds, seconds=seconds)
    except Invalid as error:
        raise click.ClickException(str(error)) from error
    click.echo(json.dumps(found, indent=1))
    if publish:
        keep("processing", {"taken": taken(), **found})
        write()


if __name__ == "__main__":
    main()
