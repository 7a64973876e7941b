"""Honest deliveries at a fixed rate, alone and while others attack: how many are still acknowledged."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from statistics import median, quantiles
from typing import Any, NamedTuple

from benchmarks import steady
from benchmarks.attackers import ATTACKERS
from benchmarks.catalog import Contestant
from benchmarks.deliveries import Deliveries
from benchmarks.quiet import Host
from benchmarks.race import WARMUP, Invalid, load
from benchmarks.stage import Stage
from webhooks.store.listing import Filter, list_ids

SHARE = 0.25
"""Of the highest rate: honest deliveries, of which each attacker leaves the receiver room for."""

SENDERS = 64
"""Honest connections at most."""

_COUNTS = ("offered", "acknowledged", "refused", "unanswered", "held_back")
_APP = "benchmarks.contestants.away_from_paypal:app"


class Case(NamedTuple):
    """Who attacks.

    Attributes:
        title: for a table.
        attackers: names of `ATTACKERS`.
    """

    title: str
    attackers: tuple[str, ...]


CASES = (
    Case("no attack", ()),
    *(Case(one.title, (name,)) for name, one in ATTACKERS.items()),
    Case("bombs, an unproven flood and invented keys", ("bomb", "unproven", "keys")),
)


def measure(
    hookline: Contestant,
    *,
    highest: float,
    rounds: int,
    seconds: int,
    core: int,
    tell: Callable[[], object],
) -> dict[str, Any]:
    """Let the cases take turns, and return what is kept of them.

    Args:
        hookline: how it is started.
        highest: events a second that the receiver can do.
        rounds: turns of each case.
        seconds: of a turn.
        core: of the receiver.
        tell: called after each turn.

    Raises:
        Invalid: an event that was acknowledged is not in the store.
    """
    command = (*hookline.command[:-1], _APP)
    contestant = replace(hookline, command=command)
    seen: list[list[dict[str, Any]]] = [[] for _ in CASES]
    for _ in range(rounds):
        for case, found in zip(CASES, seen, strict=True):
            found.append(_turn(contestant, case, rate=highest * SHARE, seconds=seconds, core=core))
            tell()
    return {
        "share": SHARE,
        "senders": SENDERS,
        "rounds": rounds,
        "seconds": seconds,
        "cases": [_summary(case, found, seen[0]) for case, found in zip(CASES, seen, strict=True)],
    }


def _turn(contestant: Contestant, case: Case, *, rate: float, seconds: int, core: int) -> dict[str, Any]:
    deliveries = Deliveries()
    with Stage(contestant, core) as stage:
        load(stage, deliveries, number=int(rate * 8 * WARMUP), seconds=WARMUP)
        requests = list(deliveries.make(int(rate * seconds)))
        host = Host()
        with attacking(stage.port, case, seconds=seconds) as answers:
            seen = steady.send(stage.port, requests, rate=rate, connections=SENDERS)
        stolen = host.share()
        stage.finish()
        stored = set(list_ids(stage.store, Filter()))
    lost = sum(f"stripe:{name}" not in stored for name in seen.acknowledged)
    if lost:
        raise Invalid(f"{lost:,} of {len(seen.acknowledged):,} acknowledged events are not in the store")
    return {
        "offered": len(requests),
        "acknowledged": len(seen.acknowledged),
        "p50": median(seen.waits),
        "p99": quantiles(seen.waits, n=100, method="inclusive")[98],
        "stolen": stolen,
        "refused": sum(seen.refused.values()),
        "unanswered": seen.unanswered,
        "held_back": seen.held_back,
        "answers": answers,
    }


@contextmanager
def attacking(port: int, case: Case, *, seconds: int) -> Iterator[dict[str, int]]:
    """Attack while the block runs; at its end the yielded table has the attackers' answers by status.

    Raises:
        Invalid: the attackers failed, so that the block was not attacked.
    """
    answers: Counter[str] = Counter()
    command = [sys.executable, "-m", "benchmarks.attackers", str(port), str(seconds)]
    attack = subprocess.Popen([*command, ",".join(case.attackers)], stdout=subprocess.PIPE)
    try:
        yield answers
        output, _ = attack.communicate()
    finally:
        attack.kill()
        attack.wait()
    if attack.returncode:
        raise Invalid(f"the attackers ended with code {attack.returncode}")
    for found in json.loads(output).values():
        answers.update(found)


def _summary(
    case: Case, turns: Sequence[Mapping[str, Any]], alone: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Return a case's row: sums, medians of percentiles, and its rate by the one without attackers."""
    answers: Counter[str] = Counter()
    for turn in turns:
        answers.update(turn["answers"])
    ratio = [one["acknowledged"] / other["acknowledged"] for one, other in zip(turns, alone, strict=True)]
    return {
        "title": case.title,
        **{name: sum(turn[name] for turn in turns) for name in _COUNTS},
        **{name: median(turn[name] for turn in turns) for name in ("p50", "p99")},
        "ratio": median(ratio),
        "rounds": ratio,
        "stolen": max(turn["stolen"] for turn in turns),
        "answers": dict(sorted(answers.items())),
    }
