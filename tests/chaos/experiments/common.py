"""What most experiments share: load before, during and after a fault, then the count."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.chaos import ledger
from tests.chaos.judge import judge
from tests.chaos.load import Load
from tests.chaos.result import Result
from tests.chaos.stage import Stage
from webhooks.lifecycle import State

Tell = Callable[[int], None]
"""Hears which round is done."""


RATE = 150.0
"""Events a second."""


def run(
    name: str,
    fault: str,
    rounds: int,
    act: Callable[[Stage, Load], str],
    *,
    limit: float | None = 1.0,
    unit: str = "",
    rate: float | None = None,
    **stage: Any,
) -> Result:
    """Run a fault under load and judge what is left.

    Args:
        name: of the experiment.
        fault: what is done, in a few words.
        rounds: how often `act` does it.
        act: does it, and returns what it saw.
        limit: seconds that no answer may take; None where that is not the point.
        unit: what `rounds` counts where that is not rounds.
        rate: events a second; as many as the laboratory is run with when None.
        stage: for `Stage`.
    """
    with Stage(**stage) as found:
        load = Load(found.port, rate=RATE if rate is None else rate)
        load.start()
        try:
            notes = act(found, load)
        finally:
            load.stop()
        result = finish(found, load, name=name, fault=fault, rounds=rounds, notes=notes, limit=limit)
        return replace(result, unit=unit)


def finish(
    stage: Stage, load: Load, *, name: str, fault: str, rounds: int, notes: str, limit: float | None
) -> Result:
    """Wait for rest and count."""
    seconds = stage.rest()
    effects = ledger.read(stage.ledger)
    verdict = judge(
        load.acknowledged,
        effects,
        # What is usually written gives its handlers an id, and counts no attempts.
        posted=None if stage.plain else load.posted,
        faults=None if stage.plain else stage.faults.done,
    )
    counts = None if stage.plain else stage.counts()
    dead = 0 if counts is None else counts.states[State.DEAD]
    slow = limit is not None and load.slowest > limit
    held = not (verdict.lost or verdict.doubled or verdict.wrong or dead or (slow and not stage.plain))
    seen = [notes, f"at rest {seconds:.1f} s after the last"]
    if dead:
        seen.append(f"{dead} dead")
    return Result(
        name=name,
        fault=fault,
        rounds=rounds,
        events=verdict.acknowledged,
        lost=len(verdict.lost),
        doubled=len(verdict.doubled),
        absorbed=verdict.absorbed,
        wrong=None if stage.plain else len(verdict.wrong),
        slowest=round(load.slowest, 3),
        p999=round(load.percentile(0.999), 3),
        held=held,
        notes="; ".join(note for note in seen if note),
        design=not stage.plain,
    )


def named(name: str, *, plain: bool) -> str:
    """Return the name of an experiment that is also run against what is usually written."""
    return f"{name} plain" if plain else name


def grown(stage: Stage, *, by: int = 1) -> Callable[[], bool]:
    """Return a condition: the ledger has so many more effects than now."""
    wanted = stage.effects() + by
    return lambda: stage.effects() >= wanted
