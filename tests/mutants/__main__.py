"""`python -m tests.mutants`: make each mutant, run its tests, and print which nothing noticed."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from queue import SimpleQueue

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from tests.mutants.mutant import Mutant
from tests.mutants.table import MUTANTS
from tests.mutants.tree import Ran, Tree, Verdict

DAY = 86_400
STRIDE = 37
"""By how many mutants the first of a day is farther than that of the day before; it divides few numbers."""

COLUMNS = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())


@click.command()
@click.option("--only", default="", help="Mutants whose name or place has this text.")
@click.option(
    "--seconds", type=float, help="Begin no other mutant after so many seconds, from another one each day."
)
@click.option("--jobs", type=click.IntRange(min=1), default=os.cpu_count() or 1, show_default=True)
@click.option("--check/--no-check", default=True, help="Run the tests on the source as it is first.")
def main(*, only: str, seconds: float | None, jobs: int, check: bool) -> None:
    """Break Hookline on purpose, one fault at a time, and see which the tests do not notice."""
    chosen = [one for one in MUTANTS if only.lower() in f"{one.name} {one.place}".lower()]
    if not chosen:
        msg = f"no mutant has {only!r} in its name or place"
        raise click.UsageError(msg)
    if check and seconds is None:
        _check(chosen)
    if seconds is not None:
        first = int(time.time()) // DAY * STRIDE % len(chosen)
        chosen = chosen[first:] + chosen[:first]
    found = _judge(
        chosen, jobs=jobs, until=time.monotonic() + seconds if seconds is not None else float("inf")
    )
    wrong = [mutant for mutant, ran in found if not _right(mutant, ran)]
    Console(width=160).print(_table(found))
    kept = sum(ran.verdict is Verdict.SURVIVED for _, ran in found)
    noticed = sum(ran.verdict in (Verdict.NOTICED, Verdict.HUNG) for _, ran in found)
    click.echo(
        f"{len(found)} of {len(MUTANTS)} mutants: {noticed} noticed, {kept} survived; {len(wrong)} to mend"
    )
    sys.exit(bool(wrong))


def _check(chosen: Sequence[Mutant]) -> None:
    """Run all tests that are named on the source as it is: one that fails anyway notices nothing."""
    tests = dict.fromkeys(test for mutant in chosen for test in mutant.tests)
    # A directory has its files.
    wanted = tuple(one for one in tests if not any(one.startswith(f"{other}/") for other in tests))
    click.echo(f"the source as it is: {', '.join(wanted)}", err=True)
    with Tree() as tree:
        ran = tree.run(wanted, limit=1800)
    if ran.verdict is not Verdict.SURVIVED:
        msg = f"the tests fail without any mutant:\n{ran.output}"
        raise click.ClickException(msg)


def _judge(chosen: Sequence[Mutant], *, jobs: int, until: float) -> list[tuple[Mutant, Ran]]:
    found = []
    with (
        ExitStack() as stack,
        ThreadPoolExecutor(jobs) as threads,
        Progress(*COLUMNS, console=Console(stderr=True)) as bar,
    ):
        task = bar.add_task("mutants", total=len(chosen))
        trees: SimpleQueue[Tree] = SimpleQueue()
        for _ in range(jobs):
            trees.put(stack.enter_context(Tree()))
        futures = {threads.submit(_one, mutant, trees, until): mutant for mutant in chosen}
        for future in as_completed(futures):
            mutant, ran = futures[future], future.result()
            bar.advance(task)
            if ran is None:
                continue
            found.append((mutant, ran))
            if not _right(mutant, ran):
                bar.console.print(f"{ran.verdict}: {mutant.name}\n{ran.output}", markup=False)
    return sorted(found, key=lambda pair: MUTANTS.index(pair[0]))


def _one(mutant: Mutant, trees: SimpleQueue[Tree], until: float) -> Ran | None:
    if time.monotonic() > until:
        return None
    tree = trees.get()
    try:
        return tree.judge(mutant)
    finally:
        trees.put(tree)


def _right(mutant: Mutant, ran: Ran) -> bool:
    """Whether the mutant was noticed, or may survive."""
    return ran.verdict in (Verdict.NOTICED, Verdict.HUNG) or (
        ran.verdict is Verdict.SURVIVED and bool(mutant.reason)
    )


def _table(found: Sequence[tuple[Mutant, Ran]]) -> Table:
    table = Table("mutant", "place", "verdict", "s", "tests, or why it may survive", box=None)
    for mutant, ran in found:
        last = mutant.reason if ran.verdict is Verdict.SURVIVED else " ".join(mutant.tests)
        word = ran.verdict if _right(mutant, ran) else f"[bold red]{ran.verdict}[/]"
        table.add_row(mutant.name, mutant.place, word, f"{ran.seconds:.0f}", last)
    return table


if __name__ == "__main__":
    main()
