"""How the work stands: workers, what is late, and what is dead, waits or was refused, by source and cause."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import islice

from webhooks.config import Settings
from webhooks.findings import Check, fault, warning
from webhooks.lifecycle import State
from webhooks.store.connection import Connection
from webhooks.store.listing import Filter, count, list_records
from webhooks.store.rejections import list_rejections

LATE = 60.0
"""Seconds that something may be overdue before it is worth a word."""

SILENT = 30.0
"""Seconds without a sweep after which a worker counts as gone, where it sweeps more often than that."""

_LOOKED_AT = 1000
"""Events, the newest, that are read to name the causes."""

_CAUSES = 5
_LONGEST = 60
"""How many causes are named, and the characters of each."""


def examine_work(connection: Connection, settings: Settings) -> list[Check]:
    """Return how the work stands.

    Raises:
        Unavailable: the store does not answer.
    """
    counts = count(connection)
    silent = max(SILENT, 3 * settings.worker.sweep_interval)
    alive = [name for name, silence in counts.workers.items() if silence <= silent]
    return [
        _workers(alive, silent),
        _late(counts.oldest_due),
        *_events(
            connection,
            State.DEAD,
            counts.states[State.DEAD],
            "see `hookline events list --state dead`; `hookline replay --dead` runs them again",
        ),
        *_events(
            connection,
            State.WAITING,
            counts.states[State.WAITING],
            "they run again by themselves; see `hookline events list --state waiting`",
        ),
        _rejected(connection),
    ]


def _workers(alive: list[str], silent: float) -> Check:
    if alive:
        return Check(name="workers", value=", ".join(alive), ok=True)
    cure = f"no worker has looked for work in {silent:g} s: start one with `python -m workers`"
    return fault("workers", "none", cure)


def _late(seconds: float) -> Check:
    value = f"{seconds:.0f} s late"
    if seconds <= LATE:
        return Check(name="oldest due", value=value, ok=True)
    cure = "the workers do not keep up: add some, or look for a slow handler in Flower"
    return fault("oldest due", value, cure)


def _events(connection: Connection, state: State, number: int, cure: str) -> list[Check]:
    name = f"{state} events"
    if not number:
        return [Check(name=name, value="0", ok=True)]
    records = islice(list_records(connection, Filter(state=state)), _LOOKED_AT)
    causes = _causes((record.event.source, record.error) for record in records)
    return [warning(name, f"{number}: {causes}", cure)]


def _rejected(connection: Connection) -> Check:
    name = "rejected"
    found = list_rejections(connection)
    if not found:
        return Check(name=name, value="0 in the last day", ok=True)
    causes = _causes((one.source or "no source", one.cause) for one in found)
    cure = "see `hookline rejections`, which says why and what to do"
    return warning(name, f"{len(found)} of the last day: {causes}", cure)


def _causes(pairs: Iterable[tuple[str, str]]) -> str:
    """Return the most frequent pairs of a source and a cause, each with its number."""
    counted = Counter((source, _short(cause)) for source, cause in pairs)
    named = [f"{number} {source} ({cause})" for (source, cause), number in counted.most_common(_CAUSES)]
    rest = len(counted) - len(named)
    return ", ".join([*named, f"{rest} other causes"] if rest > 0 else named)


def _short(cause: str) -> str:
    line = cause.partition("\n")[0] or "no cause is kept"
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
