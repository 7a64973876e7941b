"""F3: a process dies at a named point."""

from __future__ import annotations

import time
from collections.abc import Callable

from tests.chaos.experiments.common import Tell, run
from tests.chaos.load import Load
from tests.chaos.result import Result
from tests.chaos.stage import Stage
from tests.support.waiting import until

WORKER = (
    "after BRPOP",
    "after unacked",
    "after claim",
    "after effect",
    "before finish",
    "after finish",
)
WEB = ("before EVAL", "after EVAL")
IN_HAND = ("after effect", "before finish")
"""Where an effect has happened that is not recorded yet: elsewhere nothing may be repeated."""

SPOOL = ("before the spool's fsync", "after the spool's fsync")


def die_at(point: str) -> Callable[[int, Tell], Result]:
    """Return the experiment for one point."""

    def experiment(rounds: int, tell: Tell) -> Result:
        def fault(stage: Stage, load: Load) -> str:
            if point not in SPOOL:
                _die(stage, point, rounds, tell)
                return ""
            with stage.faults.during(None):
                stage.server.kill()
                _die(stage, point, rounds, tell)
                stage.restart_store()
            return ""

        return run(f"F3 {point}", f"SIGKILL {point}", rounds, fault, limit=None)

    return experiment


def _die(stage: Stage, point: str, rounds: int, tell: Tell) -> None:
    for number in range(rounds):
        began = time.monotonic()
        stage.arm(point)
        until(lambda: not stage.armed(), within=60, what=f"a process comes to {point!r}")
        if point in IN_HAND:
            stage.faults.note(began, stage.taken())
        tell(number + 1)
