"""The race in figures: medians of the rounds, and how it compares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from benchmarks.catalog import HOOKLINE, Contestant
from benchmarks.race import CONNECTIONS, TRIES, UNDISTURBED, WARMUP, Turn


def summary(
    contestants: Sequence[Contestant], turns: Mapping[str, list[Turn]], *, seconds: int
) -> dict[str, Any]:
    """Return what is kept of a race.

    Args:
        contestants: all, those that could not run among them.
        turns: those that ran, by name.
        seconds: of a turn.
    """
    rows = [_row(one, turns[one.name]) for one in contestants if one.name in turns]
    missing = [{"title": one.title, "reason": one.missing()} for one in contestants if one.missing()]
    return {
        "warmup": WARMUP,
        "seconds": seconds,
        "connections": CONNECTIONS,
        "undisturbed": UNDISTURBED,
        "tries": TRIES,
        "again": sum(turn.again for had in turns.values() for turn in had),
        "receivers": rows,
        "missing": missing,
    }


def ratios(rows: Sequence[Mapping[str, Any]], row: Mapping[str, Any]) -> tuple[float, float] | None:
    """Return how many times as fast as a receiver Hookline was, by rate and by processor time.

    None where Hookline did not run.
    """
    own = next((one for one in rows if one["name"] == HOOKLINE), None)
    return None if own is None else (own["rate"] / row["rate"], row["processor"] / own["processor"])


def _row(contestant: Contestant, turns: Sequence[Turn]) -> dict[str, Any]:
    answered = [turn.answered for turn in turns]
    stored = [turn.stored for turn in turns if turn.stored is not None]
    used = [turn.seconds_used / turn.answered.acknowledged for turn in turns]
    return {
        "name": contestant.name,
        "title": contestant.title,
        "rounds": [round(one.rate, 1) for one in answered],
        "rate": round(median(one.rate for one in answered), 1),
        "p50": median(one.p50 for one in answered),
        "p99": median(one.p99 for one in answered),
        "p999": median(one.p999 for one in answered),
        "processor": round(median(used), 7),
        "core": round(median(turn.seconds_used / turn.answered.seconds for turn in turns), 3),
        "stolen": round(median(turn.stolen for turn in turns), 4),
        "errors": sum(one.refused + one.broken for one in answered),
        "acknowledged": sum(turn.acknowledged for turn in turns),
        "stored": sum(one.events for one in stored) if stored else None,
    }
