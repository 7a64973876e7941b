"""The heart: verify, name, admit. Free of Flask, so that a test needs no server."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from webhooks.config import Source
from webhooks.errors import Rejected
from webhooks.event import Delivery, Event
from webhooks.providers.identity import Name, name_events
from webhooks.signatures import verify
from webhooks.store.admission import Arrival, Outcome, admit
from webhooks.store.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What a sender may be told: the event is durable.

    Attributes:
        outcome: whether it is new.
        id: the event's id.
        type: the event's type.
    """

    outcome: Outcome
    id: str
    type: str


class Intake:
    """Takes deliveries for the configured sources."""

    def __init__(
        self,
        sources: Mapping[str, Source],
        connection: Connection,
        *,
        clock: Callable[[], float],
        dead_retention: float,
    ) -> None:
        """Take deliveries for `sources` into the store behind `connection`.

        Args:
            sources: the configured endpoints, by name.
            connection: the way to Redis.
            clock: seconds since the epoch (UTC), against which signed times are held.
            dead_retention: seconds for which the second body of a conflict is kept.
        """
        self._sources = sources
        self._connection = connection
        self._clock = clock
        self._dead_retention = dead_retention

    def source(self, name: str) -> Source:
        """Return a configured source.

        Raises:
            Rejected: there is none of that name.
        """
        try:
            return self._sources[name]
        except KeyError:
            raise Rejected("source_unknown", "no source of that name is configured here") from None

    def receive(self, source: Source, delivery: Delivery) -> tuple[Receipt, ...]:
        """Prove, name and store a delivery: when this returns, all its events are durable.

        Raises:
            Rejected: the sender is not proven; nothing was stored.
            Unavailable: the store is away; nothing is promised.
        """
        verify(source.provider, delivery, source.secrets, now=self._clock())
        names = name_events(source.name, source.provider, delivery)
        admitted = admit(
            self._connection,
            [_arrival(source, delivery, name) for name in names],
            key_retention=source.key_retention,
            dead_retention=self._dead_retention,
        )
        return tuple(
            Receipt(outcome=one.outcome, id=one.id, type=name.type)
            for one, name in zip(admitted, names, strict=True)
        )


def _arrival(source: Source, delivery: Delivery, name: Name) -> Arrival:
    return Arrival(
        event=Event(
            id=name.id,
            source=source.name,
            type=name.type,
            body=name.body,
            headers=delivery.headers,
            method=delivery.method,
            url=delivery.url,
            received_at=delivery.received_at,
        ),
        digest=name.digest,
        remember_body=name.remember_body,
        body_fixed=source.provider.body_fixed,
    )
