"""How long Hookline lets a sender wait, at half and at twice the rate that it can do."""

from __future__ import annotations

import resource
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from operator import itemgetter
from statistics import median, quantiles
from typing import Any, NamedTuple

from benchmarks import steady
from benchmarks.catalog import Contestant
from benchmarks.deliveries import Deliveries
from benchmarks.quiet import Host, counting
from benchmarks.race import WARMUP, Invalid, load
from benchmarks.stage import Stage
from webhooks.store.listing import Filter, list_ids

SENDERS = 2000
"""Connections at most: half as many as the receiver takes at once."""

_FILES = 1000
"""Files of this process besides its connections."""

UNDISTURBED = 0.005
"""Share of a core's time that the machine's host may take in a turn that counts.

At half its highest rate a receiver catches up for about as long as it was held up: where the host takes
more, the slowest hundredth of the answers are those that it made wait, whatever the receiver does.
"""

TRIES = 5
"""Turns until one is undisturbed; see `quiet.counting`."""

REWRITTEN_FROM = "64mb"
"""The servers' own default. That of `deploy/redis/redis.conf` is not reached within a turn."""

_COUNTS = ("events", "acknowledged", "unanswered", "held_back")


class Case(NamedTuple):
    """A load.

    Attributes:
        share: of the highest rate.
        lasting: turns of the race.
        rewritten: whether the store rewrites its append-only file from `REWRITTEN_FROM` on.
    """

    share: float
    lasting: int
    rewritten: bool


CASES = (
    Case(share=0.5, lasting=4, rewritten=False),
    Case(share=0.5, lasting=4, rewritten=True),
    Case(share=2.0, lasting=1, rewritten=True),
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
    """Let the cases take turns, and return what is kept of them; see `middle` and `quiet.counting`.

    Args:
        hookline: how it is started.
        highest: events a second that the receiver can do.
        rounds: turns of each case.
        seconds: of a turn of the race.
        core: of the receiver.
        tell: called after each turn that counts.

    Raises:
        Invalid: an event that was acknowledged is not in the store.
    """
    seen: list[list[dict[str, Any]]] = [[] for _ in CASES]
    for _ in range(rounds):
        for case, found in zip(CASES, seen, strict=True):
            turn = partial(_turn, hookline, case, highest=highest, seconds=seconds, core=core)
            counted, had = counting(turn, stolen=itemgetter("stolen"), most=UNDISTURBED, tries=TRIES)
            found.extend(one | {"counts": one is counted} for one in had)
            tell()
    return {
        "senders": SENDERS,
        "rounds": rounds,
        "undisturbed": UNDISTURBED,
        "tries": TRIES,
        "loads": [middle(found) for found in seen],
    }


def _turn(hookline: Contestant, case: Case, *, highest: float, seconds: int, core: int) -> dict[str, Any]:
    """Offer a share of the highest rate to a fresh receiver, and return what its senders saw."""
    _allow_connections()
    deliveries = Deliveries()
    rate = highest * case.share
    seconds *= case.lasting
    with Stage(hookline, core) as stage:
        if case.rewritten:
            stage.store.execute("CONFIG", "SET", "auto-aof-rewrite-min-size", REWRITTEN_FROM)
        load(stage, deliveries, number=int(highest * WARMUP * 2), seconds=WARMUP)
        requests = list(deliveries.make(int(rate * seconds)))
        host = Host()
        seen = steady.send(stage.port, requests, rate=rate, connections=SENDERS)
        stolen = host.share()
        stage.finish()
        stored = set(list_ids(stage.store, Filter()))
    lost = sum(f"stripe:{name}" not in stored for name in seen.acknowledged)
    if len(seen.waits) < 2:  # noqa: PLR2004 - of which no percentile can be taken
        raise Invalid(f"of {len(requests):,} events hardly one was acknowledged")
    if lost:
        raise Invalid(f"{lost:,} of {len(seen.acknowledged):,} acknowledged events are not in the store")
    return {
        "share": case.share,
        "rewritten": case.rewritten,
        "rate": rate,
        "seconds": seconds,
        "stolen": stolen,
        "events": len(requests),
        "acknowledged": len(seen.acknowledged),
        "refused": {str(status): number for status, number in sorted(seen.refused.items())},
        "unanswered": seen.unanswered,
        "held_back": seen.held_back,
        "since_due": _summary(seen.waits),
        "since_sent": _summary(seen.waits_sent),
    }


def middle(rounds: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the turns of one case that count as one: medians of the percentiles, the longest wait, and sums.

    Args:
        rounds: what each turn of that case saw; those that do not count are only told of, in `turns`.
    """
    turns = [{"stolen": one["stolen"], "counts": one["counts"], **one["since_due"]} for one in rounds]
    rounds = [one for one in rounds if one["counts"]]
    refused: Counter[str] = Counter()
    for one in rounds:
        refused.update(one["refused"])
    first = {name: value for name, value in rounds[0].items() if name not in ("stolen", "counts")}
    return {
        **first,
        "turns": turns,
        **{name: sum(one[name] for one in rounds) for name in _COUNTS},
        "refused": dict(sorted(refused.items())),
        **{name: _middle([one[name] for one in rounds]) for name in ("since_due", "since_sent")},
    }


def _middle(rounds: Sequence[Mapping[str, float]]) -> dict[str, float]:
    found = {name: median(one[name] for one in rounds) for name in rounds[0]}
    return {**found, "longest": max(one["longest"] for one in rounds)}


def _summary(waits: list[float]) -> dict[str, float]:
    """Return the percentiles of waits in seconds."""
    cuts = quantiles(waits, n=1000, method="inclusive")
    return {"p50": cuts[499], "p99": cuts[989], "p999": cuts[998], "longest": max(waits)}


def _allow_connections() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = SENDERS + _FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard), hard))
