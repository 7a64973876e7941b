"""`python -m benchmarks`: let the receivers take turns, print the tables, write docs/performance.md."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Sequence
from statistics import median
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks import acknowledging, cores, growth, hostile, latency, light, processing
from benchmarks.catalog import CONTESTANTS, HOOKLINE, Contestant
from benchmarks.kept import keep
from benchmarks.race import Invalid, race
from benchmarks.report import tables, write
from benchmarks.taken import taken


@click.command()
@click.option("--seconds", type=click.IntRange(min=1), default=5, show_default=True, help="Of a turn.")
@click.option("--rounds", type=click.IntRange(min=1), default=3, show_default=True, help="Turns of each.")
@click.option("--only", default="", help="Names separated by commas, for example hookline,flask.")
@click.option("--attacks", is_flag=True, help="Only honest deliveries under attack.")
@click.option("--publish/--no-publish", default=False, help="Write what was seen to docs/performance.md.")
def main(*, seconds: int, rounds: int, only: str, attacks: bool, publish: bool) -> None:
    """Measure Hookline beside other receivers that do the same work."""
    chosen = _chosen(only)
    for tool in ("wrk", "taskset"):
        if shutil.which(tool) is None:
            raise click.ClickException(
                f"{tool} is not installed; Debian has it: apt-get install wrk util-linux"
            )
    core, others = cores.split()
    # The load and the store, which inherit it, keep off the receiver's core.
    os.sched_setaffinity(0, others)
    # Ended from outside, it leaves nothing behind either.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    for one in chosen:
        if one.missing():
            click.echo(f"{one.name} is left out: {one.missing()}", err=True)
    try:
        if attacks:
            found = _attacked(core=core, rounds=rounds, seconds=seconds)
        else:
            found = _measure(chosen, core=core, rounds=rounds, seconds=seconds)
            found |= {} if only else _others(core=core, rounds=rounds, seconds=seconds)
    except Invalid as error:
        raise click.ClickException(str(error)) from error
    for table in tables(found):
        Console(width=180).print(table, "")
    if publish:
        about = taken()
        for part, content in found.items():
            keep(part, {"taken": about, **content})
        write()


def _chosen(only: str) -> list[Contestant]:
    wanted = [name.strip() for name in only.split(",") if name.strip()]
    known = [one.name for one in CONTESTANTS]
    for name in wanted:
        if name not in known:
            raise click.UsageError(f"no receiver {name!r}; known: {', '.join(known)}")
    return [one for one in CONTESTANTS if not wanted or one.name in wanted]


def _others(*, core: int, rounds: int, seconds: int) -> dict[str, Any]:
    """Return the parts that do not belong to the race."""
    return {
        **_attacked(core=core, rounds=rounds, seconds=seconds),
        "processing": processing.measure(core=core, rounds=rounds, seconds=seconds),
        "growth": growth.measure(rounds=7 * rounds),
    }


def _attacked(*, core: int, rounds: int, seconds: int) -> dict[str, Any]:
    """Return the part about attacks, at a share of the highest rate that is found first."""
    hookline = next(one for one in CONTESTANTS if one.name == HOOKLINE)
    with _progress() as bar:
        task = bar.add_task("attacks", total=1 + rounds * len(hostile.CASES))
        turns = race([hookline], core=core, rounds=1, seconds=seconds, tell=lambda: bar.advance(task))
        found = hostile.measure(
            hookline,
            highest=turns[HOOKLINE][0].answered.rate,
            rounds=rounds,
            seconds=seconds,
            core=core,
            tell=lambda: bar.advance(task),
        )
    return {"hostile": found}


def _progress() -> Progress:
    columns = (TextColumn("{task.description:<24}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=Console(stderr=True))


def _measure(chosen: Sequence[Contestant], *, core: int, rounds: int, seconds: int) -> dict[str, Any]:
    """Return the parts of the page."""
    present = [one for one in chosen if not one.missing()]
    hookline = next((one for one in present if one.name == HOOKLINE), None)
    with _progress() as bar:
        steps = rounds * len(present) + (rounds * len(latency.CASES) + light.STEPS if hookline else 0)
        task = bar.add_task("acknowledging", total=steps)
        turns = race(present, core=core, rounds=rounds, seconds=seconds, tell=lambda: bar.advance(task))
        found = {"acknowledging": acknowledging.summary(chosen, turns, seconds=seconds)}
        if hookline:
            bar.update(task, description="latency")
            highest = median(turn.answered.rate for turn in turns[HOOKLINE])
            found["latency"] = latency.measure(
                hookline,
                highest=highest,
                rounds=rounds,
                seconds=seconds,
                core=core,
                tell=lambda: bar.advance(task),
            )
            bar.update(task, description="memory and start")
            found["light"] = light.measure(core=core, tell=lambda: bar.advance(task))
    return found


if __name__ == "__main__":
    main()
