"""All of it against a receiver that is already there: what the fault laboratory calls."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from uuid import uuid4

from tests.hostile.bodies import BODIES, signed
from tests.hostile.corpus import CASES, Case, over
from tests.hostile.flood import Flooded, flood
from tests.hostile.fuzz import SIGNED, Fuzzed, fuzz
from tests.hostile.slow import Figures, slow_senders
from tests.hostile.wire import Hang, converse
from tests.support.life import record_of
from webhooks.store.connection import Connection
from webhooks.store.listing import Filter, list_ids

TRUNCATED = 50
"""Proven requests that are cut somewhere in their body."""


@dataclass(frozen=True)
class Hostile:
    """What was found.

    Attributes:
        corpus: how many requests of the corpus were sent.
        surprises: for each that was answered otherwise than it says: its name and the answers.
        fuzzed: what became of the requests made wrong at random.
        bodies: proven bodies sent; each must be stored byte for byte.
        changed: the names of those that were not, with the answer.
        truncated: proven requests sent cut.
        acknowledged: how many of those were answered with 2xx.
        unproven: ids in the store that no proven request named.
        slow: what honest senders saw while slow ones hung.
        flooded: what large bodies at once cost; None when no process was named.
        answered: whether an honest request was accepted at the end.
        seconds: how long all this took.
    """

    corpus: int
    surprises: tuple[tuple[str, tuple[int, ...]], ...]
    fuzzed: Fuzzed
    bodies: int
    changed: tuple[tuple[str, int], ...]
    truncated: int
    acknowledged: int
    unproven: tuple[str, ...]
    slow: Figures
    flooded: Flooded | None
    answered: bool
    seconds: float

    @property
    def wrong(self) -> int:
        """Return how many things were not as they must be; what is timed is for the reader to judge."""
        return (
            len(self.surprises)
            + len(self.fuzzed.wrong)
            + len(self.fuzzed.hung)
            + len(self.changed)
            + self.acknowledged
            + len(self.unproven)
            + self.slow.failed
            + (not self.answered)
        )


def run_hostile(
    port: int,
    secret: str,
    store: Connection,
    *,
    requests: int = 10_000,
    seed: int = 1,
    slow: int = 200,
    limit: int = 5 * 1024 * 1024,
    pid: int | None = None,
) -> Hostile:
    """Send everything hostile to the source `stripe` of a receiver on this machine.

    Args:
        port: of the receiver.
        secret: of its source `stripe`.
        store: its store; events that were there before do not count.
        requests: how many are made wrong at random.
        seed: of the dice.
        slow: how many slow senders hang at once.
        limit: bytes of the largest body that the source takes.
        pid: of the worker process whose memory is looked at.
    """
    started = time.monotonic()
    before = _ids(store)
    cases = (*CASES, *over(limit))
    surprises = tuple(
        (case.name, found) for case in cases if (found := _statuses(port, case)) != case.statuses
    )
    fuzzed = fuzz(port, secret, number=requests, seed=seed)
    acknowledged = sum(_truncated(port, secret, number) for number in range(TRUNCATED))
    unproven = tuple(own_id for own_id in _ids(store) - before if _body(store, own_id) != SIGNED)
    changed = tuple((name, status) for name in BODIES if (status := _kept(port, secret, store, name)) != 0)
    return Hostile(
        corpus=len(cases),
        surprises=surprises,
        fuzzed=fuzzed,
        bodies=len(BODIES),
        changed=changed,
        truncated=TRUNCATED,
        acknowledged=acknowledged,
        unproven=unproven,
        slow=slow_senders(port, secret, senders=slow),
        flooded=None if pid is None else flood(port, pid, senders=100, size=50 * 1024 * 1024, chunked=True),
        answered=_accepted(port, secret),
        seconds=time.monotonic() - started,
    )


def _statuses(port: int, case: Case) -> tuple[int, ...]:
    try:
        return tuple(reply.status for reply in converse(port, case.raw, half_close=case.half_close))
    except Hang:
        return ()


def _truncated(port: int, secret: str, number: int) -> bool:
    raw = signed(json.dumps({"id": f"evt_cut_{number}", "pad": "x" * 200}).encode(), secret)
    replies = converse(port, raw[: len(raw) - 1 - number * 4])
    return any(reply.status < 300 for reply in replies)


def _kept(port: int, secret: str, store: Connection, name: str) -> int:
    """Send a proven body; return 0 when it is stored as it came, else the answer's status, or -1."""
    (reply,) = converse(port, signed(BODIES[name], secret))
    if reply.status != 200:
        return reply.status
    return 0 if _body(store, json.loads(reply.body)["id"]) == BODIES[name] else -1


def _accepted(port: int, secret: str) -> bool:
    (reply,) = converse(port, signed(json.dumps({"id": f"evt_{uuid4().hex}"}).encode(), secret))
    return reply.status == 200


def _ids(store: Connection) -> set[str]:
    return set(list_ids(store, Filter()))


def _body(store: Connection, own_id: str) -> bytes:
    return record_of(store, own_id).event.body
