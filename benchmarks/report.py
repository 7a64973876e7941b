"""The tables, for a terminal and for docs/performance.md; no number in it is typed by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.table import Table

from benchmarks.cells import (
    GROWN,
    PARTS,
    RATES,
    ROOM,
    TURNS,
    WAITS,
    WEIGHTS,
    WORK,
    growth_cells,
    part_rows,
    rate_cells,
    room,
    turn_rows,
    wait_cells,
    weight_cells,
    work_cells,
)
from benchmarks.chart import bars
from benchmarks.kept import KEPT, load

PAGE = KEPT.with_suffix(".md")
CHART = KEPT.with_suffix(".svg")
TRIED = Path(__file__).with_name("tried.md")

_HEAD = """\
# Performance, measured

Written by `make bench`; `docs/performance.json` has the same figures for programs. Rates depend on the
machine and on what else it does; the ratios are of one run, in which the receivers take turns. The store is
a Valkey with jemalloc, as its makers build it for Linux, wherever the versions below name one.
"""
_ACKNOWLEDGING = """\
## Acknowledging

Each receiver does the same work for each event, with the same durability: it checks Stripe's signature over
the raw body of 1 KB, takes an id once, stores the body and queues a task, in a Valkey with `appendonly yes`
and `appendfsync always`, and then answers 200. Hookline runs as it is shipped: indexes, metrics, JSON logs,
the spool armed. The others keep no index, count nothing and write no log. The last row stores nothing: it is
what could at most be reached under this server. The append-only file is rewritten when
`deploy/redis/redis.conf` says so, from 512 MB on, which no receiver reaches within its turn.

The receiver has one process and a core to itself (`taskset`); Valkey and the load, wrk with {connections}
connections, have the others. Store and receiver are started anew for each turn, which warms up for {warmup} s
and is then measured for {seconds} s. The receivers take turns in {rounds} rounds, and the figures are the
medians of these.

A virtual machine's host may take a core away to run something else, which `/proc/stat` tells afterwards.
Where it took more than {undisturbed:.0%} of a core's time, the turn was had again, up to {tries} times in
all, and where none was quiet enough, the quietest counts. For that reason {again} turns do not count here.

- **acks/s**: events answered with 2xx in a second; **rounds**: the lowest and the highest.
- **Hookline is**: its rate by this one's; **by CPU**: this one's processor time for an event by its own.
- **p50** to **p99.9**: how long answers took at that rate.
- **CPU µs**: processor time of the receiver for each event; **core**: how much of its core it used. Where
  that is not nearly all, other work ran on the machine, and the ratio by CPU says more than the one by rate.
- **host took**: the share of a core's time that was taken away, of the core that lost more.
- **errors**: answers that were not 2xx, and connections that broke.
- **stored**: events found in the store afterwards, of those acknowledged. Each of these must be there with
  its task, or the run fails; the few more were under way when the load ended.
"""
_LATENCY = """\
## Latency

Requests at a fixed rate, a share of Hookline's highest in the table above, from an open loop
(`benchmarks/steady.py`) that sends whether or not earlier ones have been answered. Each has a moment at
which it is due, and its wait counts from there to the end of its answer, also where the sender itself was
late. The times are of answers with 2xx, and each event that was so answered was found in the store by its
id. There are at most {senders:,} connections, half as many as Hookline takes at once. Each load is offered in
{rounds} rounds, in turns: events are the sums of these, percentiles the medians, and the longest wait is that
of the turns that count.

Where the host takes a core away, a receiver at half its rate catches up for about as long as it was held up.
So where it took more than {undisturbed:.1%} of a core's time, the slowest hundredth of the answers are those
that it made wait, and the turn was had again, up to {tries} times in all; where none was quiet enough, the
quietest counts. The second table has every turn, also those that do not count.

- **no rewrite**: the store's append-only file was not rewritten meanwhile, since `deploy/redis/redis.conf`
  begins with that at 512 MB. In the other rows it is, from 64 MB on and whenever the file has doubled, by a
  process of its own, which has no core here but the one that the store and the load are on.
- **held back**: never sent, because every connection waited for an answer.
- **unanswered**: the connection ended without an answer, so that the provider would send again.
- **longest once sent**: the longest wait from the moment at which the request was written, or its
  connection begun.
"""

_LIGHT = """\
## Memory and start

What the processes have in memory once {events:,} events have been received and handled, with one web process
and a worker of {pool} pool processes. **Unique** memory is what ending the process would free,
**proportional** has its share of what it has in common with others, and **resident** counts that in full.
"""
_START = """\
From exec to its first answer a receiver takes **{median:,.0f} ms**, the median of {starts} starts, and
{first:,.0f} ms at the fastest: what else runs on the machine only adds to it. It has a core to itself; who
asks until it answers is on another. The imports are its parts, in this order, each the fastest of as many
processes that import what stands before it too; the rest is gunicorn's fork, the application, and the loop.
"""


_PROCESSING = """\
## Processing

What the way to a handler and back costs, where the handler does nothing. Hookline's worker runs as it is
shipped: for each event a lease and a fence, the handler, the result and the indexes in one step, a JSON log
line, and Flower told. Celery runs an empty task with the same settings (`acks_late`, events for Flower on),
no log lines and no new process after a thousand messages; its message carries an id and nothing else is read
or written. BullMQ runs an empty processor over jobs that hold a body as large, one at a time and 16 at once
in its one process.

Each worker has one process for events and a core to itself, with the process that feeds it; the Valkey,
synced at each write, has the others. All events wait in the queue before it starts. It warms up for {warmup}
events and is then measured for {seconds} s; the workers take turns in {rounds} rounds, and the figures are
the medians of these.

- **events/s**: done in a second; **rounds**: the lowest and the highest.
- **Hookline is**: its rate by this one's; **by CPU**: this one's processor time for an event by its own.
- **CPU µs**: processor time of the worker for each event, of all its processes; **core**: how much of its
  core it used. Where that is not nearly all, it waited for the store's disk or for other work on the machine,
  and the ratio by CPU says more than the one by rate.
- **found**: events that were done or waited after the worker had been stopped, of those that it was given.
  It must be all of them, or the run fails; one more for each round was done and put back when it was stopped.
"""

_GROWTH = """\
## Growth

What one step of the store costs with few and with many events in it, half of which have succeeded and half
are dead, each with a body of 1 KB of JSON and Stripe's headers. The Valkey of each size keeps nothing on the
disk, so that only the work is seen, client and round trips included. They take turns in {rounds} rounds, of
which the figures are the medians; in brackets, how much more a step takes than in the smallest store in the
same round, likewise the median of all.

- **admit**, **process**: one event; the second is claim and finish. {each} in each round, one by one.
- **sweep**: one round that finds {each} events due and hints them.
- **list**: the first 50 events, of all sources and states.
- **replay**: 1,000 dead events, as `hookline replay --dead` does it.
"""


def tables(found: Mapping[str, Any]) -> list[Table]:
    """Return the tables for a terminal."""
    made = []
    if "acknowledging" in found:
        rows = found["acknowledging"]["receivers"]
        made.append(_terminal(RATES, [rate_cells(row, rows) for row in rows]))
    if "processing" in found:
        rows = found["processing"]["workers"]
        made.append(_terminal(WORK, [work_cells(row, rows) for row in rows]))
    if "growth" in found:
        stores = found["growth"]["stores"]
        made.append(_terminal(GROWN, [growth_cells(row, stores) for row in stores]))
        made.append(_terminal(ROOM, room(found["growth"]["bytes"])))
    if "latency" in found:
        made.append(_terminal(WAITS, [wait_cells(row) for row in found["latency"]["loads"]]))
        made.append(_terminal(TURNS, turn_rows(found["latency"]["loads"])))
    if "light" in found:
        made.append(_terminal(WEIGHTS, [weight_cells(row) for row in found["light"]["processes"]]))
        made.append(_terminal(PARTS, part_rows(found["light"])))
    return made


def render(found: Mapping[str, Any], tried: str) -> str:
    """Return the page.

    Args:
        found: what is kept.
        tried: the section that is written by hand.
    """
    parts = [_HEAD]
    parts += [page(found[name]) for name, page in _PAGES.items() if name in found]
    return "\n".join([*parts, tried])


def write() -> None:
    """Write the page and its chart from what is kept."""
    found = load()
    PAGE.write_text(render(found, TRIED.read_text(encoding="utf-8")), encoding="utf-8")
    if "acknowledging" in found:
        CHART.write_text(bars(found["acknowledging"]["receivers"]), encoding="utf-8")


_CONDITIONS = ("connections", "warmup", "seconds", "undisturbed", "tries", "again")


def _acknowledging(found: Mapping[str, Any]) -> str:
    rows = found["receivers"]
    rounds = max(len(row["rounds"]) for row in rows)
    missing = "".join(f"Not measured: {one['title']}, because {one['reason']}.\n" for one in found["missing"])
    return "\n".join(
        [
            _ACKNOWLEDGING.format(rounds=rounds, **{name: found[name] for name in _CONDITIONS}),
            _taken(found),
            _markdown(RATES, [rate_cells(row, rows) for row in rows]),
            f"![events acknowledged a second, by receiver]({CHART.name})\n",
            *([missing] if missing else []),
        ]
    )


def _latency(found: Mapping[str, Any]) -> str:
    rows = [wait_cells(row) for row in found["loads"]]
    return "\n".join(
        [
            _LATENCY.format(**{name: found[name] for name in ("senders", "rounds", "undisturbed", "tries")}),
            _taken(found),
            _markdown(WAITS, rows),
            _markdown(TURNS, turn_rows(found["loads"])),
        ]
    )


def _light(found: Mapping[str, Any]) -> str:
    return "\n".join(
        [
            _LIGHT.format(events=found["events"], pool=found["pool"]),
            _taken(found),
            _markdown(WEIGHTS, [weight_cells(row) for row in found["processes"]]),
            _START.format(
                first=found["first_answer"] * 1000,
                median=found["median_answer"] * 1000,
                starts=found["starts"],
            ),
            _markdown(PARTS, part_rows(found)),
        ]
    )


def _processing(found: Mapping[str, Any]) -> str:
    rows = found["workers"]
    text = _PROCESSING.format(
        warmup=found["warmup"], seconds=found["seconds"], rounds=max(len(row["rounds"]) for row in rows)
    )
    missing = "".join(f"Not measured: {one['title']}, because {one['reason']}.\n" for one in found["missing"])
    table = _markdown(WORK, [work_cells(row, rows) for row in rows])
    return "\n".join([text, _taken(found), table, *([missing] if missing else [])])


def _growth(found: Mapping[str, Any]) -> str:
    return "\n".join(
        [
            _GROWTH.format(rounds=found["rounds"], each=found["each"]),
            _taken(found),
            _markdown(GROWN, [growth_cells(row, found["stores"]) for row in found["stores"]]),
            "What an event takes of memory, keys and lists and all; of one that is gone the id is left.\n",
            _markdown(ROOM, room(found["bytes"])),
        ]
    )


_PAGES: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "acknowledging": _acknowledging,
    "latency": _latency,
    "processing": _processing,
    "light": _light,
    "growth": _growth,
}
"""What makes a section of each part, in the order of the page."""


def _taken(found: Mapping[str, Any]) -> str:
    taken = found["taken"]
    versions = ", ".join(f"{name} {number}" for name, number in taken["versions"].items())
    return f"Taken on {taken['date']} on {taken['machine']}, with {versions}.\n"


def _terminal(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    made = Table(box=None)
    for number, column in enumerate(columns):
        made.add_column(column, justify="right" if number else "left")
    for row in rows:
        made.add_row(*(cell.replace("*", "").replace("`", "") for cell in row))
    return made


def _markdown(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [columns, ["---", *("---:" for _ in columns[1:])], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"
