"""ADMIT: the one step between "proven" and "answered with 2xx"."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from webhooks.aside import Aside, at_once
from webhooks.event import Event
from webhooks.store.connection import Argument, Connection
from webhooks.store.content import pack
from webhooks.store.message import hint
from webhooks.store.scripts import Script

GRACE = 5.0
"""Seconds that a hint has to be taken before the sweeper gives another."""

BACKLOG = 10_000
"""Messages in the queue above which an admission adds none: the sweeper will."""

DIGEST_BYTES = 16
"""Of a body's SHA-256 that are kept: 2^128 tries for another body that has the same."""

LARGE = 262_144
"""Bytes of a body whose compression is not done on the loop: this many take a millisecond."""

_ADMIT = Script("admit")


class Outcome(StrEnum):
    """What became of an event at the door."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"


_OUTCOMES = {outcome.encode(): outcome for outcome in Outcome}


class Arrival(NamedTuple):
    """A proven event on its way into the store.

    Attributes:
        event: the event.
        digest: SHA-256 of its body, hex.
        remember_body: the same body under another id is the same event.
        body_fixed: another body under the same id is a conflict.
    """

    event: Event
    digest: str
    remember_body: bool
    body_fixed: bool


class Admitted(NamedTuple):
    """The store's word on one event: durable when this is there.

    Attributes:
        outcome: whether it is new.
        id: its id, or the id of the event that it is a duplicate of.
    """

    outcome: Outcome
    id: str


def admit(
    connection: Connection,
    arrivals: Sequence[Arrival],
    *,
    key_retention: float,
    dead_retention: float,
    secret: str = "",
    deliveries: int = 1,
    aside: Aside = at_once,
) -> tuple[Admitted, ...]:
    """Store the events of one delivery, or of several by one source, in one atomic step, all or none.

    Args:
        connection: the way to Redis.
        arrivals: the events, in the order of the delivery.
        key_retention: seconds for which a body is remembered.
        dead_retention: seconds for which the second body of a conflict is kept.
        secret: the fingerprint of the secret that proved the delivery, whose use is counted.
        deliveries: how many they came in.
        aside: runs what takes long.

    Raises:
        Unavailable: nothing is promised; the script may still have run, and then a second
            delivery is a duplicate.
    """
    arguments: list[Argument] = [_ms(GRACE), BACKLOG, _ms(key_retention), secret, deliveries]
    for arrival in arrivals:
        event = arrival.event
        digest = bytes.fromhex(arrival.digest)[:DIGEST_BYTES]
        arguments += (
            event.id,
            event.source,
            event.type,
            _packed(event, aside),
            len(event.body),
            digest,
            _ms(event.received_at),
            hint(event.id, source=event.source, type=event.type, attempt=1),
            f"{event.source}:".encode() + digest if arrival.remember_body else b"",
            int(arrival.body_fixed),
            f"{event.id}~{arrival.digest[:12]}",
            _ms(dead_retention),
        )
    replies = _ADMIT.run(connection, *arguments)
    return tuple([Admitted(_OUTCOMES[word], name.decode()) for word, name in replies])


def _packed(event: Event, aside: Aside) -> bytes:
    if len(event.body) < LARGE:
        return pack(event.method, event.url, event.headers, event.body)
    return aside(lambda: pack(event.method, event.url, event.headers, event.body))


def _ms(seconds: float) -> int:
    return int(seconds * 1000)
