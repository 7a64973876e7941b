"""The handler that is poisoned by some events, until it is repaired."""

from __future__ import annotations

import os
from pathlib import Path

from tests.chaos import ledger
from tests.chaos.content import fingerprint
from tests.chaos.poison import POISON
from workers import Event, on

LEDGER = Path(os.environ[ledger.VARIABLE])
REPAIRED = LEDGER.with_name("repaired")
"""Once this file is there, poison is none any more."""


@on("*", "*")
def effect(event: Event) -> None:
    """Have an effect, or be poisoned."""
    _, _, kind = event.type.partition("poison.")
    if kind and not REPAIRED.exists():
        POISON[kind]()
    seen = fingerprint(source=event.source, type=event.type, headers=event.headers, body=event.body)
    ledger.write(LEDGER, event.idempotency_key, event.attempt, seen)
