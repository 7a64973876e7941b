"""F10: the store is away, and the spool's disk is full or dies as well."""

from __future__ import annotations

import random
import time

from tests.chaos.experiments.common import Tell, run
from tests.chaos.load import Load
from tests.chaos.result import Result
from tests.chaos.stage import Stage
from tests.support.waiting import until
from webhooks.spool.file import look

FAULTS = ("sync", "write")
"""In turns: each fsync fails with EIO, each write with ENOSPC."""


def fail_spool(rounds: int, tell: Tell) -> Result:
    """F10: nothing is acknowledged while no disk can keep it, and what was acknowledged before stays.

    The store comes back while the spool's disk still fails, so that what is drained cannot be
    removed and is admitted again and again.
    """

    def act(stage: Stage, load: Load) -> str:
        refused = 0
        for number in range(rounds):
            time.sleep(random.uniform(0.2, 0.5))
            with stage.faults.during(None):
                stage.server.kill()
                until(lambda: look(stage.spool).records, within=30, what="something is spooled")
                stage.disk_flag.write_text(FAULTS[number % len(FAULTS)], encoding="ascii")
                refused += _all_refused(load)
                stage.restart_store()
            _goes_on(load)
            stage.disk_flag.unlink()
            stage.drained()
            tell(number + 1)
        if load.silent:
            msg = f"{load.silent} refusals without Retry-After"
            raise AssertionError(msg)
        return f"{refused:,} times 503 and no 2xx while both were broken"

    return run(
        "F10", "Redis away, and the spool's disk full or its fsync failing", rounds, act, failing_spool=True
    )


def _all_refused(load: Load) -> int:
    """Wait until the fault has reached the receiver; return the refusals of a second, of which all are."""
    before = load.statuses[503]
    until(lambda: load.statuses[503] > before, within=30, what="the disk's fault reaches the receiver")
    # What had been synced before may still be on its way to its sender.
    time.sleep(0.5)
    accepted, refused = len(load.acknowledged), load.statuses[503]
    time.sleep(1.0)
    if len(load.acknowledged) > accepted:
        msg = f"{len(load.acknowledged) - accepted} deliveries were acknowledged and are on no disk"
        raise AssertionError(msg)
    return load.statuses[503] - refused


def _goes_on(load: Load) -> None:
    accepted = len(load.acknowledged)
    until(lambda: len(load.acknowledged) > accepted + 20, within=30, what="events are taken again")
