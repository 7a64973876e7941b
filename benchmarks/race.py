"""The receivers at their highest rate, in rounds in which each has its turn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from operator import attrgetter

from benchmarks.catalog import Contestant
from benchmarks.deliveries import Deliveries
from benchmarks.quiet import Host, counting
from benchmarks.stage import Stage
from benchmarks.stored import Stored
from benchmarks.wrk import Answered, hammer

CONNECTIONS = 16
"""Few, as one provider has: with more of them Hookline looks better beside the others."""

WARMUP = 2
"""Seconds before a measurement, in which a receiver connects and its code is compiled."""

FIRST = 25_000
"""Requests for the warm-up, which ends when they do."""

UNDISTURBED = 0.05
"""Share of a core's time that the machine's host may take in a turn that counts.

Above, two receivers are compared by what it took from each: it takes more of the core of load and store, and
so most from whoever needs that most.
"""

TRIES = 3
"""Turns until one is undisturbed; see `quiet.counting`."""

SPARES = (3, 6, 12)
"""By how much a receiver may be faster than when it warmed up; where it is more, its turn begins anew."""


class Invalid(Exception):
    """A measurement that does not count, above all because something acknowledged is not stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One receiver in one round.

    Attributes:
        answered: what the load saw.
        seconds_used: the receiver's processor time meanwhile, of all its processes.
        acknowledged: events acknowledged, with those of the warm-up.
        stored: what was found in the store afterwards, with what was under way when the load ended;
            None where nothing is stored.
        stolen: share of a core's time that the machine's host took meanwhile.
        again: turns that it had disturbed more, so that this one was had.
    """

    answered: Answered
    seconds_used: float
    acknowledged: int
    stored: Stored | None
    stolen: float
    again: int = 0


def race(
    contestants: Sequence[Contestant],
    *,
    core: int,
    rounds: int,
    seconds: int,
    tell: Callable[[], object],
) -> dict[str, list[Turn]]:
    """Give each its turn in each round.

    Args:
        contestants: who.
        core: of the receiver.
        rounds: how many.
        seconds: of each turn.
        tell: called after each turn.

    Raises:
        Invalid: something that was acknowledged is not there.
    """
    found: dict[str, list[Turn]] = {one.name: [] for one in contestants}
    for _ in range(rounds):
        for contestant in contestants:
            turn = partial(_turn, contestant, core=core, seconds=seconds)
            counted, had = counting(turn, stolen=attrgetter("stolen"), most=UNDISTURBED, tries=TRIES)
            found[contestant.name].append(replace(counted, again=len(had) - 1))
            tell()
    return found


def _turn(contestant: Contestant, *, core: int, seconds: int) -> Turn:
    for spare in SPARES:
        turn = _try(contestant, core=core, seconds=seconds, spare=spare)
        if turn is not None:
            return turn
    raise Invalid(f"{contestant.name} was {SPARES[-1]} times as fast as when it warmed up: try again")


def _try(contestant: Contestant, *, core: int, seconds: int, spare: int) -> Turn | None:
    """Return a turn, or None when no request was left before its end."""
    deliveries = Deliveries()
    with Stage(contestant, core) as stage:
        warm = load(stage, deliveries, number=FIRST, seconds=WARMUP)
        number = int(warm.rate * spare * seconds) + FIRST
        host, before = Host(), stage.seconds_used()
        answered = load(stage, deliveries, number=number, seconds=seconds)
        used, stolen = stage.seconds_used() - before, host.share()
        stored = stage.finish()
    if answered.used_up:
        return None
    acknowledged = warm.acknowledged + answered.acknowledged
    if stored is not None:
        # The load ends with a request under way on each connection.
        more = sum(CONNECTIONS + run.refused + run.broken for run in (warm, answered))
        hold(contestant.name, stored, acknowledged=acknowledged, more=more)
    return Turn(answered=answered, seconds_used=used, acknowledged=acknowledged, stored=stored, stolen=stolen)


def load(stage: Stage, deliveries: Deliveries, *, number: int, seconds: int) -> Answered:
    """Ask as much of a receiver as it can do; see `hammer`."""
    return hammer(
        stage.port,
        deliveries,
        number=number,
        seconds=seconds,
        connections=CONNECTIONS,
        folder=stage.folder,
    )


def hold(name: str, stored: Stored, *, acknowledged: int, more: int) -> None:
    """Hold what is stored against what was acknowledged: each event is there, and each has its task.

    Args:
        name: the receiver's.
        stored: what was found.
        acknowledged: how many events were.
        more: how many others may be there: of requests whose answer nobody read, or that were
            refused after they had been stored.

    Raises:
        Invalid: there are fewer, or more than these.
    """
    for what, number in (("events", stored.events), ("tasks", stored.tasks)):
        if not acknowledged <= number <= acknowledged + more:
            raise Invalid(f"{name} acknowledged {acknowledged:,} events, but {number:,} {what} are there")
