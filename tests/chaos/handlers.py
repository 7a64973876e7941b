"""What the workers of the laboratory run."""

from __future__ import annotations

import os
import random
import time
import zlib
from pathlib import Path

from tests.chaos import ledger, points
from tests.chaos.content import fingerprint
from workers import Event, on

LEDGER = Path(os.environ[ledger.VARIABLE])
LONGEST = float(os.environ.get("CHAOS_HANDLER_SECONDS", "0.01"))
LEASE = float(os.environ["HOOKLINE_WORKER_LEASE"])
"""Seconds in which a process that has lost its event is ended three times over."""

FAILS = int(os.environ.get("CHAOS_FAILS", "0"))
"""One event in so many fails at its first attempt; none when 0."""


@on("*", "*")
def effect(event: Event) -> None:
    """Work a moment, have an effect, work a moment more."""
    if FAILS and event.attempt == 1 and zlib.crc32(event.id.encode()) % FAILS == 0:
        msg = "this one fails at first"
        raise ValueError(msg)
    fails, works_on = points.FREEZING
    if points.frozen(fails):
        msg = "this one was frozen"
        raise ValueError(msg)
    if points.frozen(works_on):
        time.sleep(LEASE)
    time.sleep(random.uniform(0, LONGEST))
    seen = fingerprint(source=event.source, type=event.type, headers=event.headers, body=event.body)
    ledger.write(LEDGER, event.idempotency_key, event.attempt, seen)
    points.reached("after effect")
    time.sleep(random.uniform(0, LONGEST))
