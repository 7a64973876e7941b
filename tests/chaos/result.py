"""What an experiment found, kept in a file, so that a part of them can be run again."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

KEPT = Path(__file__).parents[2] / "docs" / "reliability.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One row of the table.

    Attributes:
        name: the experiment, for example `F1`; with a word after it where it has variants.
        fault: what was done, in a few words.
        rounds: how often, or for how long.
        events: events whose 2xx was read.
        lost: of these, those without effect.
        doubled: events with a repeated effect that no fault excuses.
        absorbed: repeats by a kill between effect and record, known by their idempotency key.
        wrong: events whose handler was given something else than what was posted; None where that was
            not compared.
        slowest: seconds of the slowest answer of the receiver; None where nobody posted.
        p999: seconds within which 99.9 % of the answers came; None likewise.
        held: whether what was expected came true.
        notes: what else was seen.
        design: whether it is Hookline's row; else the one that it is compared with.
        unit: what `rounds` counts where that is not rounds, for example `s`.
        date: the day of the run, UTC.
        taken_with: the versions of what ran.
    """

    name: str
    fault: str
    rounds: int
    events: int
    lost: int
    doubled: int
    absorbed: int
    slowest: float | None
    p999: float | None
    held: bool
    notes: str = ""
    wrong: int | None = None
    design: bool = True
    unit: str = ""
    date: str = ""
    taken_with: str = ""


def failed(name: str, rounds: int, reason: str) -> Result:
    """Return the row of an experiment that did not come to its end."""
    return Result(
        name=name,
        fault="not finished",
        rounds=rounds,
        events=0,
        lost=0,
        doubled=0,
        absorbed=0,
        slowest=None,
        p999=None,
        held=False,
        notes=reason,
    )


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold the file against another run of the laboratory that ends at the same time."""
    with path.with_suffix(".lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def keep(result: Result, taken_with: str, path: Path = KEPT) -> None:
    """Write a result in the place of an earlier one of that name."""
    today = datetime.now(UTC).date().isoformat()
    with _alone(path):
        known = load(path)
        known[result.name] = replace(result, date=today, taken_with=taken_with)
        rows = {name: asdict(known[name]) for name in sorted(known, key=order)}
        path.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


def load(path: Path = KEPT) -> dict[str, Result]:
    """Return the results that are kept, by name."""
    if not path.exists():
        return {}
    found: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return {name: Result(**values) for name, values in found.items()}


def order(name: str) -> tuple[int, str]:
    """Sort F2 before F10, and variants after their experiment."""
    head, _, _ = name.partition(" ")
    digits = "".join(char for char in head if char.isdigit())
    return (int(digits) if digits else 0, name)
