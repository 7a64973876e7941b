"""What the tables show: their columns, and a row of figures as its cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.acknowledging import ratios

RATES = (
    *("receiver", "acks/s", "rounds", "Hookline is", "by CPU", "p50 ms", "p99 ms", "p99.9 ms"),
    *("CPU µs", "core", "host took", "errors", "stored"),
)
WAITS = (
    *("load", "offered/s", "events", "2xx", "503", "other", "unanswered", "held back"),
    *("p50 ms", "p99 ms", "p99.9 ms", "longest ms", "longest once sent"),
)
TURNS = ("turn", "host took", "p50 ms", "p99 ms", "p99.9 ms", "longest ms", "counts")
WEIGHTS = ("process", "unique MB", "proportional MB", "resident MB")
PARTS = ("part", "unique MB", "ms")

WORK = (*("worker", "events/s", "rounds", "Hookline is", "by CPU", "CPU µs", "core", "found"),)

ATTACKED = (
    *("who attacks", "offered", "2xx", "of alone", "rounds", "refused", "unanswered", "held back"),
    *("p50 ms", "p99 ms", "attackers' answers"),
)

GROWN = ("events stored", "admit µs", "process µs", "sweep ms", "list ms", "replay ms")
ROOM = ("state", "bytes of memory", "by the body's")


def growth_cells(row: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return the cells of a store of one size: what a step takes, and how much more than in the first."""

    def cell(name: str, text: str) -> str:
        return text if row is rows[0] else f"{text} ({row['more'][name]:+.0%})"

    return (
        f"{row['events']:,}",
        *(cell(name, f"{row[name] * 1e6:,.0f}") for name in ("admit", "process")),
        *(cell(name, _milliseconds(row[name])) for name in ("sweep", "list", "replay")),
    )


def work_cells(row: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return a worker's row in the table of rates."""
    ratio = ratios(rows, row)
    return (
        row["title"],
        f"{row['rate']:,.0f}",
        f"{min(row['rounds']):,.0f}-{max(row['rounds']):,.0f}",
        *([f"{one:.2f} x" for one in ratio] if ratio else ["-", "-"]),
        f"{row['processor'] * 1e6:,.0f}",
        f"{row['core']:.0%}",
        f"{row['found']:,} of {row['given']:,}",
    )


def rate_cells(row: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return the cells of a receiver."""
    times = ["-", "-"] if (found := ratios(rows, row)) is None else [f"{one:.2f} x" for one in found]
    return (
        row["title"],
        f"{row['rate']:,.0f}",
        f"{min(row['rounds']):,.0f}-{max(row['rounds']):,.0f}",
        *times,
        *(_milliseconds(row[name]) for name in ("p50", "p99", "p999")),
        f"{row['processor'] * 1e6:,.0f}",
        f"{row['core']:.0%}",
        f"{row['stolen']:.1%}",
        f"{row['errors']:,}",
        "-" if row["stored"] is None else f"{row['stored']:,} of {row['acknowledged']:,}",
    )


def wait_cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the cells of a load."""
    refused = dict(row["refused"])
    unavailable = refused.pop("503", 0)
    waits = row["since_due"]
    return (
        _load(row),
        f"{row['rate']:,.0f}",
        f"{row['events']:,}",
        f"{row['acknowledged']:,}",
        f"{unavailable:,}",
        f"{sum(refused.values()):,}",
        f"{row['unanswered']:,}",
        f"{row['held_back']:,}",
        *(_milliseconds(waits[name]) for name in ("p50", "p99", "p999", "longest")),
        _milliseconds(row["since_sent"]["longest"]),
    )


def turn_rows(rows: Sequence[Mapping[str, Any]]) -> list[tuple[str, ...]]:
    """Return the rows of every turn of each load, in the order in which it had them."""
    return [
        (
            _load(row),
            f"{turn['stolen']:.1%}",
            *(_milliseconds(turn[name]) for name in ("p50", "p99", "p999", "longest")),
            "yes" if turn["counts"] else "no",
        )
        for row in rows
        for turn in row["turns"]
    ]


def _load(row: Mapping[str, Any]) -> str:
    return f"{row['share']:g} of the highest" + ("" if row["rewritten"] else ", no rewrite")


def attacked_cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the cells of honest deliveries while somebody attacks."""
    return (
        row["title"],
        *(f"{row[name]:,}" for name in ("offered", "acknowledged")),
        f"{row['ratio']:.1%}",
        f"{min(row['rounds']):.1%}-{max(row['rounds']):.1%}",
        *(f"{row[name]:,}" for name in ("refused", "unanswered", "held_back")),
        *(_milliseconds(row[name]) for name in ("p50", "p99")),
        ", ".join(f"{number:,} x {status}" for status, number in row["answers"].items()) or "-",
    )


def weight_cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the cells of a process."""
    return (row["title"], *(_megabytes(row[name]) for name in ("unique", "proportional", "resident")))


def part_cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the cells of what a web process imports."""
    return (row["title"], _megabytes(row["unique"]), f"{row['seconds'] * 1000:,.0f}")


def part_rows(found: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Return the rows of a start's parts, and of what they leave."""
    rest = found["first_answer"] - sum(part["seconds"] for part in found["parts"])
    return [*(part_cells(part) for part in found["parts"]), ("the rest", "-", f"{rest * 1000:,.0f}")]


def room(found: Mapping[str, int]) -> list[tuple[str, ...]]:
    """Return the rows of what an event takes, by its state."""
    return [(state, f"{size:,}", f"{size / 1024:.2f} x") for state, size in found.items()]


def _megabytes(size: float) -> str:
    return f"{size / 1e6:,.1f}"


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:,.1f}"
