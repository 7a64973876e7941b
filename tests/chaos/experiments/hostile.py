"""F19: HTTP that is wrong, slow or much too much."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from pathlib import Path

from tests.chaos.experiments.common import Tell
from tests.chaos.result import Result
from tests.hostile.corpus import CASES, Case
from tests.hostile.fuzz import fuzz
from tests.hostile.slow import slow_senders
from tests.hostile.wire import converse
from tests.support.life import number_stored
from tests.support.processes import SECRET, Installation
from tests.support.servers import StoreServer

THOUSAND = 1000
SLOW = 200


def wrong_requests(thousands: int, tell: Tell) -> Result:
    """F19: the corpus, so many thousand requests made wrong at random, and 200 slow senders."""
    folder = Path(tempfile.mkdtemp(prefix="hookline-chaos-"))
    server = StoreServer(folder)
    server.start()
    installation = Installation(folder, server.url)
    try:
        web = installation.start_web()
        wrong = [case.name for case in CASES if not _as_expected(installation.port, case)]
        statuses: Counter[int] = Counter()
        hung = 0
        for number in range(thousands):
            found = fuzz(installation.port, SECRET, number=THOUSAND, seed=number)
            statuses += found.statuses
            wrong += [f"status {status}" for _, status in found.wrong]
            hung += len(found.hung)
            tell(number + 1)
        slow = slow_senders(installation.port, SECRET, senders=SLOW)
        alive = web.popen.poll() is None
        stored = number_stored(server.connect())
    finally:
        installation.stop()
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
    answers = ", ".join(
        f"{count:,} times {status or 'no answer'}" for status, count in sorted(statuses.items())
    )
    return Result(
        name="F19",
        fault=f"{len(CASES)} hostile requests, {thousands * THOUSAND:,} at random, {SLOW} slow senders",
        rounds=thousands * THOUSAND,
        unit="requests",
        events=stored,
        lost=max(0, slow.answered - stored),
        doubled=0,
        absorbed=0,
        slowest=round(slow.slowest, 3),
        p999=None,
        held=alive
        and not wrong
        and not hung
        and not slow.failed
        and slow.p99 < 1.0
        and slow.hanging >= SLOW // 2,
        notes=(
            f"{len(wrong)} answers that are not allowed, {hung} without any; {answers}; while {slow.hanging} "
            f"slow senders hung, {slow.answered} honest requests took {slow.p50 * 1000:.1f} ms at the median "
            f"and {slow.p99 * 1000:.0f} ms at p99"
        ),
    )


def _as_expected(port: int, case: Case) -> bool:
    replies = converse(port, case.raw, half_close=case.half_close)
    return tuple(reply.status for reply in replies) == case.statuses
