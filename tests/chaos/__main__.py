"""`python -m tests.chaos`: run the experiments, print the table, write docs/reliability.md."""

from __future__ import annotations

import signal
import sys

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tests.chaos.catalog import EXPERIMENTS, Experiment
from tests.chaos.experiments import common
from tests.chaos.report import table, versions, write
from tests.chaos.result import Result, failed, keep


@click.command()
@click.option("--only", default="", help="Names separated by commas, for example F1,F4; all when not given.")
@click.option(
    "--rounds", type=click.IntRange(min=1), help="Rounds of each; the published number when not given."
)
@click.option("--rate", type=float, default=common.RATE, show_default=True, help="Events a second.")
@click.option("--publish/--no-publish", default=False, help="Write what was seen to docs/reliability.md.")
def main(*, only: str, rounds: int | None, rate: float, publish: bool) -> None:
    """Break Hookline in every way that its promise must survive, and count."""
    wanted = [name.strip() for name in only.split(",") if name.strip()]
    unknown = [name for name in wanted if not any(one.matches(name) for one in EXPERIMENTS)]
    if unknown:
        names = ", ".join(one.name for one in EXPERIMENTS)
        msg = f"no experiment {unknown[0]!r}; known: {names}"
        raise click.UsageError(msg)
    chosen = [one for one in EXPERIMENTS if not wanted or any(one.matches(name) for name in wanted)]
    common.RATE = rate
    # Ended from outside, it leaves nothing behind either.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    results = [_run(one, rounds or one.rounds, publish=publish) for one in chosen]
    Console(width=200).print(table(results))
    if not all(result.held for result in results):
        sys.exit(1)


def _run(experiment: Experiment, rounds: int, *, publish: bool) -> Result:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(experiment.name, total=rounds)
        try:
            result = experiment.run(rounds, lambda done: bar.update(task, completed=done))
        except AssertionError as error:
            result = failed(experiment.name, rounds, str(error))
        bar.update(task, completed=rounds)
    if publish:
        keep(result, versions())
        write()
    return result


if __name__ == "__main__":
    main()
