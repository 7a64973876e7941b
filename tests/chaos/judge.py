"""Comparing what was acknowledged with what had its effect."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tests.chaos.ledger import Effect
from tests.chaos.stage import Stage
from webhooks.lifecycle import State
from webhooks.store.listing import find


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of the events.

    Attributes:
        acknowledged: events whose 2xx was read.
        lost: ids acknowledged and without any effect.
        doubled: ids with an effect that had no business to happen: a second one in the same attempt,
            one after the event had succeeded, or one of an attempt that had been superseded.
        absorbed: effects repeated since the process died between the effect and its record; the
            destination knows them by their idempotency key.
    """

    acknowledged: int
    lost: tuple[str, ...]
    doubled: tuple[str, ...]
    absorbed: int


def judge(
    acknowledged: Iterable[str], effects: Mapping[str, Sequence[Effect]], recorded: Mapping[str, int] | None
) -> Verdict:
    """Judge a ledger.

    Args:
        acknowledged: the ids whose 2xx was read; each may come several times.
        effects: the ledger, by id.
        recorded: the attempt at which the store says that each event's handler has succeeded. None where
            nobody keeps that: then every repeat is left to the idempotency key.
    """
    ids = set(acknowledged)
    doubled = () if recorded is None else _doubled(effects, recorded)
    return Verdict(
        acknowledged=len(ids),
        lost=tuple(sorted(ids - set(effects))),
        doubled=doubled,
        absorbed=sum(len(lines) - 1 for key, lines in effects.items() if key not in doubled),
    )


def recorded(stage: Stage, ids: Iterable[str]) -> dict[str, int]:
    """Return at which attempt each event's handler succeeded, by the store."""
    connection = stage.connect()
    found = {}
    for one in ids:
        record = find(connection, one)
        if record is not None and record.state is State.SUCCEEDED and record.handlers:
            found[one] = record.handlers[0].attempt
    return found


def _doubled(effects: Mapping[str, Sequence[Effect]], recorded: Mapping[str, int]) -> tuple[str, ...]:
    return tuple(key for key, lines in sorted(effects.items()) if not _rightful(lines, recorded.get(key)))


def _rightful(lines: Sequence[Effect], succeeded: int | None) -> bool:
    """Whether each effect but the last was of an attempt that died before its record."""
    attempts = [line.attempt for line in lines]
    grows = all(before < after for before, after in pairwise(attempts))
    return grows and (len(lines) == 1 or attempts[-1] == succeeded)
