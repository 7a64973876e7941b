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

from benchmarks import acknowledging, cores, growth, latency, light, processing
from benchmarks.catalog import CONTESTANTS, HOOKLINE, Contestant
from benchmarks.kept import keep
from benchmarks.race import Invalid, race
from benchmarks.report import tables, write
from benchmarks.taken import taken


@click.command()
@click.option("--seconds", type=click.IntRange(min=1), default=5, show_default=True, help="Of a turn.")
@click.option("--rounds", type=click.IntRange(min=1), default=3, show_default=True, help="Turns of each.")
@click.option("--only", default="", help="Names separated by commas, for example hookline,flask.")
@click.option("--publish/--no-publish", default=False, help="Write what was seen to docs/performance.md.")
def main(*, seconds: int, rounds: int, only: str, publish: bool) -> None:
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
        found = _measure(chosen, core=core, rounds=rounds, seconds=seconds)
        if not only:
            found["processing"] = processing.measure(core=core, rounds=rounds, seconds=seconds)
            found["growth"] = growth.measure(rounds=7 * rounds)
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


def _measure(chosen: Sequence[Contestant], *, core: int, rounds: int, seconds: int) -> dict[str, Any]:
    """Return the parts of the page."""
    present = [one for one in chosen if not one.missing()]
    hookline = next((one for one in present if one.name == HOOKLINE), None)
    columns = (TextColumn("{task.description:<24}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
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
