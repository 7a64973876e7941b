"""The heart: verify, name, admit. Free of Flask, so that a test needs no server."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from webhooks.aside import Aside, at_once
from webhooks.config import Source, SourceSecret
from webhooks.errors import Rejected, Unavailable
from webhooks.event import Delivery, Event
from webhooks.providers.answers import Answer
from webhooks.providers.handshakes import answer
from webhooks.providers.identity import Name, name_events
from webhooks.signatures import Options, Verified, verify
from webhooks.signatures.odd.inflated import compressed
from webhooks.spool.record import Spooled
from webhooks.spool.spool import Spool
from webhooks.store.admission import Admitted, Arrival, Outcome, admit
from webhooks.store.connection import Connection
from webhooks.store.told import find_told, keep_told

UNKNOWN = Rejected("source_unknown", "no source of that name is configured here, or it takes no such request")
"""What is answered for a source that is not configured, and for a request that a source has no use for."""


class Receipt(NamedTuple):
    """What a sender may be told: the event is durable.

    Attributes:
        outcome: whether it is new.
        id: the event's id.
        type: the event's type.
        spooled: whether it waits on disk, since the store is away.
    """

    outcome: Outcome
    id: str
    type: str
    spooled: bool


class Intake:
    """Takes deliveries for the configured sources."""

    def __init__(
        self,
        sources: Mapping[str, Source],
        connection: Connection,
        *,
        clock: Callable[[], float],
        dead_retention: float,
        fetch: Callable[[str], bytes | None],
        spool: Spool | None = None,
        aside: Aside = at_once,
        inflating: Aside = at_once,
    ) -> None:
        """Take deliveries for `sources` into the store behind `connection`.

        Args:
            sources: the configured endpoints, by name.
            connection: the way to Redis.
            clock: seconds since the epoch (UTC), against which signed times are held.
            dead_retention: seconds for which the second body of a conflict is kept.
            fetch: gets a URL that a scheme or a handshake has found to be the provider's.
            spool: where deliveries wait while the store is away; without one they are refused then.
            aside: runs what waits for the disk.
            inflating: runs what inflates a compressed body.
        """
        self._sources = sources
        self._connection = connection
        self._clock = clock
        self._dead_retention = dead_retention
        self._fetch = fetch
        self._spool = spool
        self._aside = aside
        self._inflating = inflating

    def source(self, name: str) -> Source:
        """Return a configured source.

        Raises:
            Rejected: there is none of that name.
        """
        try:
            return self._sources[name]
        except KeyError:
            raise Rejected(UNKNOWN.code, UNKNOWN.message) from None

    def receive(self, source: Source, delivery: Delivery) -> tuple[Receipt, ...] | Answer:
        """Prove, name and store a delivery: when this returns, all its events are durable.

        A handshake is answered and becomes no event.

        Raises:
            Rejected: the sender is not proven, or the method is for no handshake; nothing was stored.
            Unavailable: neither store nor spool has it, or whoever has the provider's keys is away;
                nothing is promised.
        """
        now = self._clock()
        secrets = self._secrets(source, now)
        options = {"fetch": self._fetch, "max_body": source.max_body, **source.options}
        shaken = self._shake(source, delivery, secrets, options, now)
        if shaken is not None:
            return shaken
        if delivery.method != "POST":
            raise Rejected("method_not_allowed", "events are posted")
        if not secrets and source.provider.scheme.needs_secret:
            raise Rejected("signature_mismatch", "no secret of this source holds now")
        values = [secret.value for secret in secrets]

        def prove() -> tuple[Verified, tuple[Name, ...]]:
            verified = verify(source.provider, delivery, values, now=now, options=options)
            return verified, name_events(source.name, source.provider, delivery)

        inflates = source.provider.inflates and compressed(delivery.body)
        verified, names = self._inflating(prove) if inflates else prove()
        used = secrets[verified.secret].fingerprint if secrets else ""
        return self._admit(source, delivery, names, used)

    def _secrets(self, source: Source, now: float) -> list[SourceSecret]:
        """Return the secrets that hold now; the one that was told where none is configured."""
        if source.told:
            told = find_told(self._connection, source.name)
            return [SourceSecret(value=told)] if told is not None else []
        return [secret for secret in source.secrets if secret.holds(now)]

    def _shake(
        self,
        source: Source,
        delivery: Delivery,
        secrets: Sequence[SourceSecret],
        options: Options,
        now: float,
    ) -> Answer | None:
        found = answer(source.provider, delivery, [secret.value for secret in secrets], options, now)
        if found is None:
            return None
        if found.learned is not None and not keep_told(self._connection, source.name, found.learned):
            # Told twice at once: the first one stays.
            raise Rejected("handshake_refused", "this source has been told another secret already")
        if found.fetch is not None and options["fetch"](found.fetch) is None:
            raise Unavailable("the provider did not confirm the subscription")
        return found

    def _admit(
        self, source: Source, delivery: Delivery, names: tuple[Name, ...], secret: str
    ) -> tuple[Receipt, ...]:
        record = Spooled(
            arrivals=tuple(_arrival(source, delivery, name) for name in names),
            key_retention=source.key_retention,
            dead_retention=self._dead_retention,
            secret=secret,
        )
        spooled = False
        try:
            admitted = admit(
                self._connection,
                record.arrivals,
                key_retention=record.key_retention,
                dead_retention=record.dead_retention,
                secret=record.secret,
                aside=self._aside,
            )
        except Unavailable as away:
            admitted = self._keep(source, record, away)
            spooled = True
        return tuple(
            Receipt(outcome=one.outcome, id=one.id, type=name.type, spooled=spooled)
            for one, name in zip(admitted, names, strict=True)
        )

    def _keep(self, source: Source, record: Spooled, away: Unavailable) -> tuple[Admitted, ...]:
        """Spool a delivery that the store did not take, or say that it is away."""
        spool = self._spool
        if spool is None or not source.spool:
            raise away
        self._aside(lambda: spool.put(record))
        return tuple(Admitted(outcome=Outcome.ACCEPTED, id=one.event.id) for one in record.arrivals)


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
