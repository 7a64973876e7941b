"""The tables, for a terminal and for docs/performance.md; no number in it is typed by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.table import Table

from benchmarks import prose
from benchmarks.cells import (
    ATTACKED,
    GROWN,
    PARTS,
    RATES,
    ROOM,
    TURNS,
    WAITS,
    WEIGHTS,
    WORK,
    attacked_cells,
    growth_cells,
    part_rows,
    rate_cells,
    room,
    turn_rows,
    wait_cells,
    weight_cells,
    work_cells,
)
from benchmarks.chart import bars
from benchmarks.kept import KEPT, load

PAGE = KEPT.with_suffix(".md")
CHART = KEPT.with_suffix(".svg")
TRIED = Path(__file__).with_name("tried.md")


def tables(found: Mapping[str, Any]) -> list[Table]:
    """Return the tables for a terminal."""
    made = []
    if "acknowledging" in found:
        rows = found["acknowledging"]["receivers"]
        made.append(_terminal(RATES, [rate_cells(row, rows) for row in rows]))
    if "processing" in found:
        rows = found["processing"]["workers"]
        made.append(_terminal(WORK, [work_cells(row, rows) for row in rows]))
    if "growth" in found:
        stores = found["growth"]["stores"]
        made.append(_terminal(GROWN, [growth_cells(row, stores) for row in stores]))
        made.append(_terminal(ROOM, room(found["growth"]["bytes"])))
    if "latency" in found:
        made.append(_terminal(WAITS, [wait_cells(row) for row in found["latency"]["loads"]]))
        made.append(_terminal(TURNS, turn_rows(found["latency"]["loads"])))
    if "hostile" in found:
        made.append(_terminal(ATTACKED, [attacked_cells(row) for row in found["hostile"]["cases"]]))
    if "light" in found:
        made.append(_terminal(WEIGHTS, [weight_cells(row) for row in found["light"]["processes"]]))
        made.append(_terminal(PARTS, part_rows(found["light"])))
    return made


def render(found: Mapping[str, Any], tried: str) -> str:
    """Return the page.

    Args:
        found: what is kept.
        tried: the section that is written by hand.
    """
    parts = [prose.HEAD]
    parts += [page(found[name]) for name, page in _PAGES.items() if name in found]
    return "\n".join([*parts, tried])


def write() -> None:
    """Write the page and its chart from what is kept."""
    found = load()
    PAGE.write_text(render(found, TRIED.read_text(encoding="utf-8")), encoding="utf-8")
    if "acknowledging" in found:
        CHART.write_text(bars(found["acknowledging"]["receivers"]), encoding="utf-8")


_CONDITIONS = ("connections", "warmup", "seconds", "undisturbed", "tries", "again")


def _acknowledging(found: Mapping[str, Any]) -> str:
    rows = found["receivers"]
    rounds = max(len(row["rounds"]) for row in rows)
    missing = "".join(f"Not measured: {one['title']}, because {one['reason']}.\n" for one in found["missing"])
    return "\n".join(
        [
            prose.ACKNOWLEDGING.format(rounds=rounds, **{name: found[name] for name in _CONDITIONS}),
            _taken(found),
            _markdown(RATES, [rate_cells(row, rows) for row in rows]),
            f"![events acknowledged a second, by receiver]({CHART.name})\n",
            *([missing] if missing else []),
        ]
    )


def _latency(found: Mapping[str, Any]) -> str:
    rows = [wait_cells(row) for row in found["loads"]]
    return "\n".join(
        [
            prose.LATENCY.format(
                **{name: found[name] for name in ("senders", "rounds", "undisturbed", "tries")}
            ),
            _taken(found),
            _markdown(WAITS, rows),
            _markdown(TURNS, turn_rows(found["loads"])),
        ]
    )


def _hostile(found: Mapping[str, Any]) -> str:
    return "\n".join(
        [
            prose.HOSTILE.format(**{name: found[name] for name in ("share", "seconds", "rounds")}),
            _taken(found),
            _markdown(ATTACKED, [attacked_cells(row) for row in found["cases"]]),
        ]
    )


def _light(found: Mapping[str, Any]) -> str:
    return "\n".join(
        [
            prose.LIGHT.format(events=found["events"], pool=found["pool"]),
            _taken(found),
            _markdown(WEIGHTS, [weight_cells(row) for row in found["processes"]]),
            prose.START.format(
                first=found["first_answer"] * 1000,
                median=found["median_answer"] * 1000,
                starts=found["starts"],
            ),
            _markdown(PARTS, part_rows(found)),
        ]
    )


def _processing(found: Mapping[str, Any]) -> str:
    rows = found["workers"]
    text = prose.PROCESSING.format(
        warmup=found["warmup"], seconds=found["seconds"], rounds=max(len(row["rounds"]) for row in rows)
    )
    missing = "".join(f"Not measured: {one['title']}, because {one['reason']}.\n" for one in found["missing"])
    table = _markdown(WORK, [work_cells(row, rows) for row in rows])
    return "\n".join([text, _taken(found), table, *([missing] if missing else [])])


def _growth(found: Mapping[str, Any]) -> str:
    return "\n".join(
        [
            prose.GROWTH.format(rounds=found["rounds"], each=found["each"]),
            _taken(found),
            _markdown(GROWN, [growth_cells(row, found["stores"]) for row in found["stores"]]),
            "What an event takes of memory, keys and lists and all; of one that is gone the id is left.\n",
            _markdown(ROOM, room(found["bytes"])),
        ]
    )


_PAGES: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "acknowledging": _acknowledging,
    "latency": _latency,
    "hostile": _hostile,
    "processing": _processing,
    "light": _light,
    "growth": _growth,
}
"""What makes a section of each part, in the order of the page."""


def _taken(found: Mapping[str, Any]) -> str:
    taken = found["taken"]
    versions = ", ".join(f"{name} {number}" for name, number in taken["versions"].items())
    return f"Taken on {taken['date']} on {taken['machine']}, with {versions}.\n"


def _terminal(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    made = Table(box=None)
    for number, column in enumerate(columns):
        made.add_column(column, justify="right" if number else "left")
    for row in rows:
        made.add_row(*(cell.replace("*", "").replace("`", "") for cell in row))
    return made


def _markdown(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [columns, ["---", *("---:" for _ in columns[1:])], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"
