"""Requests made wrong at random, the same ones for the same seed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from random import Random

from tests.hostile.bodies import signed
from tests.hostile.corpus import CASES
from tests.hostile.wire import Hang, converse

ALLOWED = frozenset((100, 200, 400, 401, 403, 404, 405, 408, 413, 414, 415, 417, 431, 501))
"""What may be answered while nothing is wrong with the receiver or its store."""

SIGNED = b'{"id": "evt_fuzzed", "type": "fuzzed", "data": "the only body that is proven"}'

WORDS = (
    b"\r\n", b"\n", b"\r", b"\r\n\r\n", b"\x00", b" ", b"\t", b":", b": ", b",", b";", b"%", b"%00", b"?",
    b"#", b"0", b"-", b"+",
    b"\xff", b"\xc3\xa9", b"chunked", b"HTTP/1.1", b"HTTP/1.0", b"POST ", b"GET ", b"HEAD ",
    b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n", b"Expect: 100-continue\r\n",
    b"Connection: close\r\n", b"Host: b\r\n", b"Content-Encoding: gzip\r\n", b"Upgrade: websocket\r\n",
    b"X: " + b"a" * 9000 + b"\r\n", b"0\r\n\r\n", b"5\r\nhello\r\n", b"ffffffffffffffff\r\n",
)  # fmt: skip
LARGEST_BASE = 20_000


@dataclass
class Fuzzed:
    """What became of them.

    Attributes:
        sent: how many.
        statuses: how often each was answered; 0 stands for a connection closed without one.
        wrong: requests with an answer that is not allowed, and that answer.
        hung: requests that got no answer in time.
    """

    sent: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    wrong: list[tuple[bytes, int]] = field(default_factory=list)
    hung: list[bytes] = field(default_factory=list)


def make_requests(secret: str, *, number: int, seed: int) -> Iterator[bytes]:
    """Yield `number` requests: some made of the corpus, some of a proven one, all made wrong."""
    dice = Random(seed)
    proven = signed(SIGNED, secret)
    bases = [case.raw for case in CASES if len(case.raw) < LARGEST_BASE]
    for _ in range(number):
        raw = bytearray(proven if dice.random() < 0.4 else dice.choice(bases))
        for _ in range(dice.randint(1, 4)):
            _spoil(raw, dice)
        yield bytes(raw)


def fuzz(port: int, secret: str, *, number: int, seed: int, threads: int = 4) -> Fuzzed:
    """Send `number` requests to a receiver and count what it answers."""
    found = Fuzzed()

    def send(raw: bytes) -> tuple[bytes, list[int] | None]:
        try:
            replies = converse(port, raw)
        except Hang:
            return raw, None
        return raw, [reply.status for reply in replies]

    with ThreadPoolExecutor(threads) as pool:
        for raw, statuses in pool.map(send, make_requests(secret, number=number, seed=seed)):
            found.sent += 1
            if statuses is None:
                found.hung.append(raw)
                continue
            found.statuses.update(statuses or [0])
            found.wrong += [(raw, status) for status in statuses if status not in ALLOWED]
    return found


def _spoil(raw: bytearray, dice: Random) -> None:
    at = dice.randrange(len(raw) + 1)
    until = min(len(raw), at + dice.choice((1, 1, 2, 8, 64)))
    kind = dice.randrange(6)
    if kind == 0:
        raw[at:at] = dice.choice(WORDS)
    elif kind == 1:
        del raw[at:until]
    elif kind == 2:
        raw[at:until] = dice.randbytes(until - at)
    elif kind == 3:
        raw[at:at] = raw[at:until] * dice.choice((1, 2, 50))
    elif kind == 4:
        del raw[at:]
    else:
        raw[at:until] = dice.choice(WORDS)
