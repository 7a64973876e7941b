"""F18: the network between Hookline and the store is slow, swallows, resets or drops replies."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from tests.chaos.experiments.common import Tell, run
from tests.chaos.load import Load
from tests.chaos.proxy import Mode
from tests.chaos.result import Result
from tests.chaos.stage import Stage

Run = Callable[[int, Tell], Result]


def lasting(name: str, fault: str, mode: Mode, *, spool: bool = True) -> Run:
    """Return an experiment whose fault lasts for `rounds` seconds.

    With a spool all answers must be 2xx; without one all are 503 with a Retry-After.
    """

    def experiment(seconds: int, tell: Tell) -> Result:
        def act(stage: Stage, load: Load) -> str:
            time.sleep(1.0)
            seen = _Answers.of(load)
            with stage.faults.during(None):
                stage.proxy.set(mode)
                try:
                    _wait(seconds, tell)
                    notes = seen.since(load, spool=spool)
                finally:
                    stage.proxy.set(Mode.PASS)
            return f"{notes}; {_drained(stage)}" if spool else notes

        return run(name, fault, seconds, act, unit="s", proxied=True, spool=spool)

    return experiment


def bursts(name: str, fault: str, mode: Mode, **options: Any) -> Run:
    """Return an experiment whose fault comes and goes, `rounds` times."""

    def experiment(rounds: int, tell: Tell) -> Result:
        def act(stage: Stage, load: Load) -> str:
            seen = _Answers.of(load)
            for number in range(rounds):
                time.sleep(random.uniform(0.5, 1.5))
                # A reply in pieces is a whole one: nothing excuses a repeat.
                with nullcontext() if mode is Mode.SLICE else stage.faults.during(None):
                    stage.proxy.set(mode)
                    time.sleep(random.uniform(0.1, 0.8))
                    stage.proxy.set(Mode.PASS)
                tell(number + 1)
            notes = f"{seen.since(load, spool=True)}; {_drained(stage)}"
            if mode is Mode.DROP:
                notes += f"; {stage.proxy.dropped:,} replies of scripts dropped"
                if not stage.proxy.dropped:
                    msg = "no reply was dropped: nothing was shown"
                    raise AssertionError(msg)
            return notes

        return run(name, fault, rounds, act, proxied=True, **options)

    return experiment


slow = lasting("F18 slow", "every reply of Redis 500 ms late", Mode.SLOW)
hole = lasting("F18 hole", "Redis black-holed", Mode.HOLE)
hole_unspooled = lasting("F18 hole unspooled", "Redis black-holed, no spool", Mode.HOLE, spool=False)
slow_unspooled = lasting("F18 slow unspooled", "every reply 500 ms late, no spool", Mode.SLOW, spool=False)
refused_unspooled = lasting("F18 refused unspooled", "Redis refused, no spool", Mode.REFUSE, spool=False)
reset = bursts("F18 reset", "connections reset within a command", Mode.RESET)
reply = bursts("F18 reply", "scripts run, their replies dropped", Mode.DROP)
slices = bursts("F18 slices", "replies of Redis in pieces of three bytes", Mode.SLICE)


@dataclass(frozen=True, slots=True)
class _Answers:
    """How many answers there were at a moment, and of what kind."""

    answers: int
    accepted: int
    refused: int

    @classmethod
    def of(cls, load: Load) -> _Answers:
        statuses = dict(load.statuses)
        refused = sum(count for status, count in statuses.items() if status >= 300)
        return cls(len(load.seconds), sum(statuses.values()) - refused, refused)

    def since(self, load: Load, *, spool: bool) -> str:
        """Say how answers were since then.

        Raises:
            AssertionError: some were refused though there is a spool, or without saying when to come again.
        """
        now = _Answers.of(load)
        accepted, refused = now.accepted - self.accepted, now.refused - self.refused
        if load.silent:
            msg = f"{load.silent} refusals without Retry-After"
            raise AssertionError(msg)
        if spool and refused:
            msg = f"{refused} of {accepted + refused} deliveries were refused though there is a spool"
            raise AssertionError(msg)
        if not spool and not refused:
            msg = "nothing was refused: the fault did not reach the receiver"
            raise AssertionError(msg)
        taken = sorted(load.seconds[self.answers : now.answers])
        shares = ", ".join(
            f"{word} {_share(taken, share) * 1000:.0f} ms"
            for word, share in (("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999))
        )
        kinds = f"{accepted:,} times 2xx and {refused:,} times 503 meanwhile"
        return f"{kinds}: {shares}, slowest {taken[-1] * 1000:.0f} ms"


def _share(taken: list[float], share: float) -> float:
    return taken[min(len(taken) - 1, int(share * len(taken)))]


def _wait(seconds: int, tell: Tell) -> None:
    for second in range(seconds):
        time.sleep(1.0)
        tell(second + 1)


def _drained(stage: Stage) -> str:
    return f"spool empty {stage.drained():.1f} s after the end"
