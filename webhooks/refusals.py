"""Keeping why deliveries were refused, at a cost that no flood of bad requests can raise."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from threading import Lock
from urllib.parse import urlsplit

from webhooks.aside import Aside, at_once
from webhooks.bucket import Bucket
from webhooks.config import Source
from webhooks.diagnosis import diagnose, plain_diagnosis
from webhooks.errors import Rejected, Unavailable
from webhooks.event import Delivery
from webhooks.store.connection import Connection
from webhooks.store.rejections import Rejection, keep_rejections
from webhooks.telemetry.log import log_step
from webhooks.telemetry.redact import MASK
from webhooks.variants import LARGEST

RATE, BURST = 5.0, 20
"""Refusals that one process diagnoses and keeps each second, and at once after a quiet time."""

SOURCE_RATE, SOURCE_BURST = 2.0, 10
"""The same for each source, so that a flood at one of them leaves something for the others."""

PAUSE = 1.0
"""Seconds without a try after one that found the store away."""

MOST_HEADERS, LONGEST_NAME, LONGEST_PATH = 50, 64, 100
SHORTEST_SECRET = 6
"""Characters of a secret below which it is not looked for in a text: it would be found in words."""


class Rejections:
    """What a receiver process does with its refusals; safe among threads."""

    def __init__(
        self,
        sources: Mapping[str, Source],
        connection: Connection,
        *,
        clock: Callable[[], float],
        pace: Callable[[], float] = time.monotonic,
        keep_bodies: bool = False,
        aside: Aside = at_once,
    ) -> None:
        """Keep refusals in the store behind `connection`.

        Args:
            sources: the configured endpoints, by name.
            connection: the way to Redis.
            clock: seconds since the epoch (UTC), against which signed times are held.
            pace: seconds of a steady clock, by which the work is bounded.
            keep_bodies: whether to keep the bodies of unproven requests, those up to 64 KiB.
            aside: runs a diagnosis, which takes up to 20 verifications.
        """
        self._sources = sources
        self._connection = connection
        self._clock = clock
        self._pace = pace
        self._keep_bodies = keep_bodies
        self._aside = aside
        self._lock = Lock()
        started = pace()
        self._bucket = Bucket(rate=RATE, burst=BURST, now=started)
        self._buckets = {
            name: Bucket(rate=SOURCE_RATE, burst=SOURCE_BURST, now=started) for name in ("", *sources)
        }
        self._not_kept: Counter[str] = Counter()
        self._away_until = started
        self._waiting: list[Rejection] = []
        self._writing = False

    def note(
        self, source: Source | None, delivery: Delivery | None, error: Rejected, *, path: str = ""
    ) -> None:
        """Keep why a delivery was refused, unless there are too many; raises nothing.

        Args:
            source: the source that it was sent to; None when there is none of that name.
            delivery: the request; None when it could not be read.
            error: the refusal.
            path: the path that was called, without a query.
        """
        name = "" if source is None else source.name
        not_kept = self._admit(name)
        if not_kept is None:
            return
        try:
            self._aside(lambda: self._write(self._describe(source, delivery, error, path, not_kept)))
        except Exception as fault:  # noqa: BLE001 - a refusal stays one, whatever its diagnosis does
            log_step("undiagnosed", level=logging.WARNING, error=fault, source=name, code=error.code)

    def _admit(self, name: str) -> int | None:
        """Return how many of this source were not kept since the last that was; None when this is one."""
        with self._lock:
            now = self._pace()
            own = self._buckets[name]
            ready = own.ready(now) and self._bucket.ready(now)
            if now < self._away_until or not ready:
                self._not_kept[name] += 1
                return None
            own.take()
            self._bucket.take()
            return self._not_kept.pop(name, 0)

    def _describe(
        self, source: Source | None, delivery: Delivery | None, error: Rejected, path: str, not_kept: int
    ) -> Rejection:
        if source is None:
            found = plain_diagnosis(error, None)
        else:
            found = diagnose(error, source, delivery, self._sources, now=self._clock())
        kept = self._keep_bodies and delivery is not None and len(delivery.body) <= LARGEST
        mask = _Mask(self._sources.values())
        headers = [] if delivery is None else [name for name, _ in delivery.headers]
        return Rejection(
            source="" if source is None else source.name,
            code=error.code,
            cause=found.code,
            sentence=mask(found.sentence),
            cure=mask(found.cure),
            method="" if delivery is None else delivery.method,
            path=mask(path or _path(delivery))[:LONGEST_PATH],
            headers=tuple(mask(name)[:LONGEST_NAME] for name in headers[:MOST_HEADERS]),
            body_bytes=None if delivery is None else len(delivery.body),
            body=delivery.body if kept and delivery is not None else None,
            not_kept=not_kept,
        )

    def _write(self, rejection: Rejection) -> None:
        """Write it, or leave it to the thread that is writing: one try at a time finds the store away."""
        with self._lock:
            self._waiting.append(rejection)
            if self._writing:
                return
            self._writing = True
        try:
            while batch := self._next():
                keep_rejections(self._connection, batch)
        except Unavailable as away:
            self._give_up(batch)
            log_step("unkept", level=logging.DEBUG, reason=str(away))
        except BaseException:
            self._give_up(batch)
            raise

    def _next(self) -> list[Rejection]:
        with self._lock:
            batch, self._waiting = self._waiting, []
            self._writing = bool(batch)
            return batch

    def _give_up(self, batch: list[Rejection]) -> None:
        with self._lock:
            for one in (*batch, *self._waiting):
                self._not_kept[one.source] += 1 + one.not_kept
            self._waiting = []
            self._writing = False
            self._away_until = self._pace() + PAUSE


class _Mask:
    """Takes configured secrets out of a text: a sender may have put one where it does not belong."""

    def __init__(self, sources: Iterable[Source]) -> None:
        found = {secret for source in sources for secret in source.secret_texts()}
        # The longest first: a secret may begin with another.
        self._secrets = sorted((one for one in found if len(one) >= SHORTEST_SECRET), key=len, reverse=True)

    def __call__(self, text: str) -> str:
        lowered = text.lower()
        for secret in self._secrets:
            if secret.lower() in lowered:
                return MASK
        return text


def _path(delivery: Delivery | None) -> str:
    try:
        return "" if delivery is None else urlsplit(delivery.url).path
    except ValueError:
        return ""
