"""Comparing what was acknowledged with what had its effect, by the laboratory's own records alone.

The product's store is never asked: a product that is wrong about what it has done would be believed.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf

from tests.chaos.faults import Fault
from tests.chaos.ledger import Effect


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of the events.

    Attributes:
        acknowledged: events whose 2xx was read.
        lost: ids acknowledged and without any effect.
        doubled: ids with a repeated effect that no fault excuses, a second one in the same attempt, or
            one of an attempt that had been superseded.
        wrong: ids whose handler was given something else than what was posted, or that nobody posted.
        absorbed: effects repeated since the process that had the effect was killed, stopped or cut off
            while it had the event in hand; the destination knows them by their idempotency key.
    """

    acknowledged: int
    lost: tuple[str, ...]
    doubled: tuple[str, ...]
    wrong: tuple[str, ...]
    absorbed: int


def judge(
    acknowledged: Iterable[str],
    effects: Mapping[str, Sequence[Effect]],
    *,
    posted: Mapping[str, str] | None,
    faults: Iterable[Fault] | None,
) -> Verdict:
    """Judge a ledger.

    Args:
        acknowledged: the ids whose 2xx was read; each may come several times.
        effects: the ledger, by id.
        posted: the fingerprint of what was posted, by id. None where handlers are given an id only.
        faults: what was done to whom. None where attempts are not counted: then every repeat is left
            to the idempotency key.
    """
    ids = set(acknowledged)
    doubled = () if faults is None else _doubled(effects, list(faults))
    return Verdict(
        acknowledged=len(ids),
        lost=tuple(sorted(ids - set(effects))),
        doubled=doubled,
        wrong=() if posted is None else _wrong(effects, posted),
        absorbed=sum(len(lines) - 1 for key, lines in effects.items() if key not in doubled),
    )


def _wrong(effects: Mapping[str, Sequence[Effect]], posted: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(
        key for key, lines in sorted(effects.items()) if any(line.seen != posted.get(key) for line in lines)
    )


def _doubled(effects: Mapping[str, Sequence[Effect]], faults: Sequence[Fault]) -> tuple[str, ...]:
    hands = _Hands(effects)
    return tuple(
        key for key, lines in sorted(effects.items()) if not _rightful(lines, hands=hands, faults=faults)
    )


def _rightful(lines: Sequence[Effect], *, hands: _Hands, faults: Sequence[Fault]) -> bool:
    """Whether attempts grow, and a fault hit each effect but the last while it was in its process's hand."""
    grows = all(before.attempt < after.attempt for before, after in pairwise(lines))
    return grows and all(hands.excused(line, faults) for line in lines[:-1])


class _Hands:
    """Until when a process can have had an event in hand: until its next effect at the latest.

    So each fault excuses at most one repeat for each process that it was done to.
    """

    def __init__(self, effects: Mapping[str, Sequence[Effect]]) -> None:
        self._times: dict[int, list[float]] = defaultdict(list)
        for lines in effects.values():
            for line in lines:
                self._times[line.process].append(line.at)
        for times in self._times.values():
            times.sort()

    def excused(self, effect: Effect, faults: Sequence[Fault]) -> bool:
        times = self._times[effect.process]
        following = bisect_right(times, effect.at)
        until = times[following] if following < len(times) else inf
        return any(
            fault.concerns(effect) and effect.at <= fault.ended and fault.began <= until for fault in faults
        )
