"""The store as it grows: what each step costs with a thousand, a hundred thousand and a million events in it.

`python -m benchmarks.growth` measures it alone.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any, TypeVar

import click

from benchmarks.filling import STATES, fill, used
from benchmarks.kept import keep
from benchmarks.race import Invalid
from benchmarks.report import write
from benchmarks.store import store_server
from benchmarks.taken import taken
from tests.support.events import NOW
from webhooks.event import Event
from webhooks.lifecycle import Move, State, sources_of
from webhooks.store.admission import Arrival, admit
from webhooks.store.connection import RedisConnection
from webhooks.store.keys import KEYS
from webhooks.store.listing import Filter, list_ids, list_records, summarise
from webhooks.store.processing import Claim, Keep, claim, finish
from webhooks.store.repair import replay
from webhooks.store.upkeep import sweep

SIZES = (1_000, 100_000, 1_000_000)
"""Events in a store; half have succeeded and half are dead."""

SAMPLE = 10_000
"""Events of one state, for the bytes of each."""

EACH = 500
"""Events that are admitted, claimed and finished, and swept, in a round."""

BODY = 1024
"""Bytes of an event's body."""

REPLAYED = 1_000
PAGE = 50
LISTED = 10
"""Times that the first page is listed in a round."""

KEEP = Keep(event=86_400.0, key=86_400.0)


T = TypeVar("T")


@contextmanager
def _server() -> Iterator[RedisConnection]:
    """A store that keeps nothing on the disk, whose pace is not what is asked here."""
    folder = Path(tempfile.mkdtemp(prefix="hookline-bench-"))
    server = store_server(folder)
    server.start("--appendonly", "no")
    connection = server.connect()
    try:
        yield connection
    finally:
        connection.close()
        server.stop()
        shutil.rmtree(folder)


class _Grown:
    """One store, and the steps that are measured in it; each leaves as many events as it found."""

    def __init__(self, store: RedisConnection, size: int, template: Event) -> None:
        self._store = store
        self._template = template
        self._next = size
        for state, first in ((State.SUCCEEDED, 0), (State.DEAD, size // 2)):
            fill(store, template, state, first=first, number=size // 2)

    def round(self) -> Mapping[str, float]:
        """Return the seconds that one of each step took."""
        found = {}
        ids = [self._own() for _ in range(EACH)]
        found["admit"] = _timed(self._admit, ids) / EACH
        self._store.execute("ZADD", KEYS["due"], "XX", *[item for one in ids for item in (0, one.id)])
        self._store.execute("DEL", KEYS["queue"])
        found["sweep"] = _timed(self._sweep, [len(ids)])
        found["process"] = _timed(self._process, [one.id for one in ids]) / EACH
        found["list"] = _timed(self._list, [PAGE] * LISTED) / LISTED
        dead = list(islice(list_ids(self._store, Filter(state=State.DEAD)), min(REPLAYED, self._dead())))
        found["replay"] = _timed(self._replay, dead) / len(dead) * REPLAYED
        self._undo([one.id for one in ids], dead)
        return found

    def _own(self) -> Event:
        self._next += 1
        own = f"{self._next:024d}"
        return self._template._replace(id=f"stripe:evt_{own}", received_at=NOW + self._next / 1000)

    def _admit(self, event: Event) -> None:
        arrival = Arrival(
            event=event,
            digest=hashlib.sha256(event.body).hexdigest(),
            remember_body=False,
            body_fixed=False,
        )
        admit(self._store, [arrival], key_retention=86_400.0, dead_retention=86_400.0)

    def _sweep(self, due: int) -> None:
        if sweep(self._store, worker="bench", backlog=10_000, limit=due) != due:
            raise Invalid("a sweep found other events than were due")

    def _process(self, event_id: str) -> None:
        taken_ = claim(self._store, event_id, lease=60.0, max_attempts=10, keep=KEEP)
        if not isinstance(taken_, Claim):
            raise Invalid(f"{event_id} could not be claimed: {taken_}")
        finish(self._store, event_id, taken_.fence, state=State.SUCCEEDED, handlers=(), keep=KEEP)

    def _list(self, size: int) -> None:
        if len(list(islice(list_records(self._store, Filter()), size))) != size:
            raise Invalid("a page of the list is not full")

    def _dead(self) -> int:
        return int(self._store.execute("ZCARD", f"{KEYS['state']}stripe:{State.DEAD}"))

    def _replay(self, event_id: str) -> None:
        (record,) = summarise(self._store, [event_id])
        if replay(self._store, record) not in sources_of(Move.REPLAY):
            raise Invalid(f"{event_id} could not be replayed")

    def _undo(self, added: Sequence[str], replayed: Sequence[str]) -> None:
        lists = f"{KEYS['state']}stripe:"
        for event_id in added:
            self._store.execute("DEL", KEYS["event"] + event_id, KEYS["content"] + event_id)
        self._store.execute("ZREM", lists + State.SUCCEEDED, *added)
        self._store.execute("ZREM", KEYS["retire"], *added)
        self._store.execute("ZREM", lists + State.QUEUED, *replayed)
        self._store.execute("ZREM", KEYS["due"], *replayed)
        self._store.execute("DEL", KEYS["queue"])
        first = int(replayed[-1].removeprefix("stripe:evt_"))
        fill(self._store, self._template, State.DEAD, first=first, number=len(replayed))


def _timed(step: Callable[[T], None], things: Sequence[T]) -> float:
    began = time.perf_counter()
    for thing in things:
        step(thing)
    return time.perf_counter() - began


def _template() -> Event:
    items: list[dict[str, object]] = []
    found = {"id": "evt", "object": "event", "type": "invoice.paid", "data": items}
    while len(json.dumps(found)) < 1024 - 150:
        own = hashlib.sha256(str(len(items)).encode()).hexdigest()
        items.append(
            {"id": f"il_{own[:24]}", "amount": int(own[:4], 16), "currency": "usd", "livemode": True}
        )
    return Event(
        id="stripe:evt",
        source="stripe",
        type="invoice.paid",
        body=json.dumps(found).encode().ljust(BODY),
        headers=(
            ("Host", "hooks.example.com"),
            ("User-Agent", "Stripe/1.0 (+https://stripe.com/docs/webhooks)"),
            ("Accept", "*/*; q=0.5, application/xml"),
            ("Content-Type", "application/json; charset=utf-8"),
            ("Stripe-Signature", f"t=1790000000,v1={hashlib.sha256(b'').hexdigest()}"),
            ("Content-Length", "1024"),
        ),
        method="POST",
        url="https://hooks.example.com/webhooks/stripe",
        received_at=NOW,
    )


def _bytes(template: Event) -> dict[str, int]:
    """Return the memory that an event takes, by its state."""
    found = {}
    for state in STATES:
        with _server() as store:
            fill(store, template, state, first=0, number=10)
            before = used(store)
            fill(store, template, state, first=10, number=SAMPLE)
            found[state] = round((used(store) - before) / SAMPLE)
    return found


def measure(*, rounds: int) -> dict[str, Any]:
    """Fill a store of each size, let them take turns, and return what is kept of it."""
    template = _template()
    with ExitStack() as stack:
        grown = {size: _Grown(stack.enter_context(_server()), size, template) for size in SIZES}
        for store in grown.values():
            store.round()  # scripts are loaded by then
        seen: dict[int, list[Mapping[str, float]]] = {size: [] for size in SIZES}
        for _ in range(rounds):
            for size, store in grown.items():
                seen[size].append(store.round())
    return {"rounds": rounds, "each": EACH, "stores": summary(seen), "bytes": _bytes(template)}


def summary(seen: Mapping[int, Sequence[Mapping[str, float]]]) -> list[dict[str, Any]]:
    """Return for each size the median seconds of each step, and under `more` how much more that is.

    A step is compared with the smallest store's in the same round: what slows the machine for a while
    then slows both.

    Args:
        seen: the seconds that each step took, by round, for each number of events; the smallest first.
    """
    smallest = next(iter(seen.values()))
    rows = []
    for size, found in seen.items():
        medians = {name: median(one[name] for one in found) for name in found[0]}
        more = {
            name: median(one[name] / base[name] for one, base in zip(found, smallest, strict=True)) - 1
            for name in medians
        }
        rows.append({"events": size, **medians, "more": more})
    return rows


@click.command()
@click.option("--rounds", type=click.IntRange(min=1), default=21, show_default=True, help="Turns of each.")
@click.option("--publish/--no-publish", default=False, help="Write what was seen to docs/performance.md.")
def main(*, rounds: int, publish: bool) -> None:
    """Measure the store with a thousand, a hundred thousand and a million events."""
    try:
        found = measure(rounds=rounds)
    except Invalid as error:
        raise click.ClickException(str(error)) from error
    click.echo(json.dumps(found, indent=1))
    if publish:
        keep("growth", {"taken": taken(), **found})
        write()


if __name__ == "__main__":
    main()
