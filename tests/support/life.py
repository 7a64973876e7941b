"""Moving events through their life, and looking at what the store holds of them."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterator
from typing import Any

from tests.support.events import KEEP, admit_one
from webhooks.event import Event
from webhooks.lifecycle import State
from webhooks.store.connection import Connection
from webhooks.store.keys import KEYS
from webhooks.store.listing import count, find
from webhooks.store.processing import Claim, Keep, claim, fail, finish
from webhooks.store.record import Record
from webhooks.store.repair import discard

UNFINISHED = (State.QUEUED, State.RUNNING, State.WAITING)
LAPSED = 0.0
"""A lease that has run out as soon as it is given, and a wait that is over at once."""


def take(connection: Connection, event_id: str, *, lease: float = 60.0, max_attempts: int = 10) -> Claim:
    """Claim an event that can be claimed."""
    taken = claim(connection, event_id, lease=lease, max_attempts=max_attempts, keep=KEEP)
    assert isinstance(taken, Claim), taken
    return taken


def bring_to(connection: Connection, state: State, found: Event, *, keep: Keep = KEEP) -> Record:
    """Admit an event and lead it to `state`; a lease or a wait on the way has run out."""
    admit_one(connection, found)
    if state is State.DISCARDED:
        discard(connection, found.id, keep=keep.event, key=keep.key)
    elif state is not State.QUEUED:
        fence = take(connection, found.id, lease=LAPSED).fence
        if state in (State.SUCCEEDED, State.UNHANDLED):
            assert finish(connection, found.id, fence, state=state, handlers=(), keep=keep)
        elif state is not State.RUNNING:
            wait = LAPSED if state is State.WAITING else None
            assert fail(connection, found.id, fence, error="boom", wait=wait, handlers=(), keep=keep)
    record = record_of(connection, found.id)
    assert record.state is state
    return record


def record_of(connection: Connection, event_id: str) -> Record:
    """The record of an event that is known."""
    record = find(connection, event_id)
    assert record is not None, event_id
    return record


def fence_of(connection: Connection, event_id: str) -> str:
    """The fence of the latest claim of an event."""
    fields = fields_of(connection, event_id)
    return f"{fields[b'fence'].decode()}-{fields.get(b'token', b'').decode()}"


def number_of(claimed: Claim) -> int:
    """The part of a fence that grows."""
    return int(claimed.fence.partition("-")[0])


def fields_of(connection: Connection, event_id: str) -> dict[bytes, bytes]:
    """Every field of an event as Redis holds it, with what is kept beside its hash."""
    reply = connection.execute("HGETALL", KEYS["event"] + event_id)
    fields = dict(zip(reply[::2], reply[1::2], strict=True))
    for name in ("content", "long"):
        value = connection.execute("GET", KEYS[name] + event_id)
        if value is not None:
            fields[name.encode()] = value
    return fields


def stored(connection: Connection, *states: State, source: str = "stripe") -> set[str]:
    """The ids of the events in the lists of a source and of some states, or of all."""
    return {
        event_id
        for state in states or State
        for event_id in members(connection, f"{KEYS['state']}{source}:{state}")
    }


def indexes_of(connection: Connection, event_id: str) -> set[str]:
    """The sorted sets that hold an event's id, by the part of their key after `hookline:`."""
    return {
        key.removeprefix("hookline:")
        for key in _sorted_sets(connection)
        if connection.execute("ZSCORE", key, event_id) is not None
    }


def members(connection: Connection, name: str) -> set[str]:
    """The ids in a sorted set of `KEYS`."""
    return {member.decode() for member in connection.execute("ZRANGE", KEYS.get(name, name), 0, -1)}


def due_at(connection: Connection, event_id: str) -> float | None:
    """When something is to be done with an event, in seconds."""
    score = connection.execute("ZSCORE", KEYS["due"], event_id)
    return None if score is None else float(score) / 1000


def server_time(connection: Connection) -> float:
    seconds, micros = connection.execute("TIME")
    return int(seconds) + int(micros) / 1e6


def messages(connection: Connection) -> list[dict[str, Any]]:
    """The messages in the queue, the one that is taken next first."""
    return [json.loads(entry) for entry in reversed(connection.execute("LRANGE", KEYS["queue"], 0, -1))]


def hinted(connection: Connection) -> list[str]:
    """The ids that the messages in the queue carry, the one that is taken next first."""
    return [json.loads(b64decode(message["body"]))[0][0] for message in messages(connection)]


def total(connection: Connection, what: str, source: str = "stripe") -> int:
    """One of the counters that outlive every process."""
    return int(connection.execute("HGET", KEYS["totals"], f"{what}:{source}") or 0)


def number_stored(connection: Connection) -> int:
    """How many events there are with their bodies, in whatever state."""
    return sum(count(connection).states.values())


def _sorted_sets(connection: Connection) -> Iterator[str]:
    for key in connection.execute("KEYS", "hookline:*"):
        name: str = key.decode()
        if name != KEYS["workers"] and connection.execute("TYPE", name) in (b"zset", "zset"):
            yield name
