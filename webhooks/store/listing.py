"""Reading the store: one event, pages of them, and how many there are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from webhooks.lifecycle import State
from webhooks.store.connection import Argument, Connection
from webhooks.store.keys import KEYS
from webhooks.store.record import Record, to_record
from webhooks.store.scripts import Script

_SIZE = 50
"""Events that are taken from one list in one step, which looks at 1,000 in all, or at one of each list."""

_ALL = "*"
"""What the script takes for all sources; none has that name."""

_PAGE = Script("page", shared=("sources",))
_COUNT = Script("count", shared=("sources",))
_SUMMARY = Script("summary")
_FIND = Script("find")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which events to list; what is None does not matter.

    Attributes:
        source: the source that received it.
        state: where it is in its life.
        type: the provider's type; needs a source.
        since: received at this time or later; seconds (UTC).
        until: received before this time; seconds (UTC).
    """

    source: str | None = None
    state: State | None = None
    type: str | None = None
    since: float | None = None
    until: float | None = None

    def __post_init__(self) -> None:
        """Refuse a type without its source: types are a provider's own."""
        if self.type is not None and self.source is None:
            msg = "a type is listed together with its source"
            raise ValueError(msg)


class Counts(NamedTuple):
    """How the store stands.

    Attributes:
        states: the number of events in each state.
        queue: Celery messages that wait for a worker.
        oldest_due: seconds since which something waits to be done; 0 when nothing is late.
        totals: counters since the store was made, by (what, source).
        workers: seconds since each worker of the last day swept, by its name.
    """

    states: dict[State, int]
    queue: int
    oldest_due: float
    totals: dict[tuple[str, str], int]
    workers: dict[str, float]


def find(connection: Connection, event_id: str) -> Record | None:
    """Return an event's record, or None when it is unknown."""
    reply = _FIND.run(connection, event_id)
    return to_record(event_id, reply) if reply else None


def list_ids(connection: Connection, wanted: Filter) -> Iterator[str]:
    """Yield the ids of the events that match, the latest first.

    Pages by the time of receipt and by id, so that events that change while the list is read
    neither repeat nor shift the others.
    """
    newest: Argument = "+inf" if wanted.until is None else f"({int(wanted.until * 1000)}"
    oldest: Argument = "-inf" if wanted.since is None else int(wanted.since * 1000)
    states = State if wanted.state is None else (wanted.state,)
    last: Argument = ""
    while page := _PAGE.run(
        connection,
        *(wanted.source or _ALL, wanted.type or "", oldest, newest, last, _SIZE),
        *states,
    ):
        newest, last, ids = page
        yield from (event_id.decode() for event_id in ids)


def summarise(connection: Connection, ids: Sequence[str]) -> list[Record]:
    """Return the records of those events that are known, without their contents."""
    replies = _SUMMARY.run(connection, *ids) if ids else []
    return [to_record(name, reply) for name, reply in zip(ids, replies, strict=True) if reply]


def list_records(connection: Connection, wanted: Filter) -> Iterator[Record]:
    """Yield the records of the events that match, the latest first, as `summarise` has them."""
    ids = list_ids(connection, wanted)
    while page := list(islice(ids, _SIZE)):
        yield from summarise(connection, page)


def list_sources(connection: Connection) -> list[str]:
    """Return the names of the sources that have ever had an event, in or out of the configuration."""
    totals = connection.execute("HGETALL", KEYS["totals"])
    return sorted(source for what, source in map(_split, totals[::2]) if what == "accepted")


def list_types(connection: Connection, source: str, *, among: int) -> list[str]:
    """Return the types of a source's latest events, `among` at most."""
    latest = islice(list_records(connection, Filter(source=source)), among)
    return sorted({record.event.type for record in latest})


def count(connection: Connection) -> Counts:
    """Count what is in the store."""
    now = connection.execute("TIME")
    oldest = _pairs(connection.execute("ZRANGE", KEYS["due"], 0, 0, "WITHSCORES"))
    seconds = int(now[0]) + int(now[1]) / 1e6
    late = seconds - oldest[0][1] / 1000 if oldest else 0.0
    totals = connection.execute("HGETALL", KEYS["totals"])
    return Counts(
        states=dict(zip(State, map(int, _COUNT.run(connection, *State)), strict=True)),
        queue=int(connection.execute("LLEN", KEYS["queue"])),
        oldest_due=max(0.0, late),
        totals={_split(name): int(value) for name, value in zip(totals[::2], totals[1::2], strict=True)},
        workers={
            name.decode(): max(0.0, seconds - at / 1000)
            for name, at in _pairs(connection.execute("ZRANGE", KEYS["workers"], 0, -1, "WITHSCORES"))
        },
    )


def _pairs(reply: list[bytes]) -> list[tuple[bytes, float]]:
    """Read WITHSCORES: members and scores in turn."""
    return [(name, float(score)) for name, score in zip(reply[::2], reply[1::2], strict=True)]


def _split(name: bytes) -> tuple[str, str]:
    what, _, source = name.decode().partition(":")
    return what, source
