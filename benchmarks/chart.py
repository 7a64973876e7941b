"""A bar for each receiver, as SVG written by hand: one picture is no reason for a library."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from benchmarks.catalog import CEILING, HOOKLINE

_WIDTH = 760
_LABELS = 280
_ROW = 30
_BAR = 18
_VALUES = 90
_COLOURS = {HOOKLINE: "#2f6f4f", CEILING: "#cccccc"}
_OTHER = "#7a8ba6"


def bars(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the rates of the receivers as a picture."""
    longest = max(row["rate"] for row in rows)
    height = _ROW * len(rows) + _ROW
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}">',
        '<g font-family="sans-serif" font-size="13">',
        f'<rect width="{_WIDTH}" height="{height}" fill="white"/>',
        f'<text x="{_LABELS}" y="18" fill="#555">events acknowledged a second, one core</text>',
    ]
    for number, row in enumerate(rows, 1):
        top = _ROW * number
        length = (_WIDTH - _LABELS - _VALUES) * row["rate"] / longest
        colour = _COLOURS.get(row["name"], _OTHER)
        title = escape(row["title"].replace("*", "").replace("`", ""))
        lines += [
            f'<text x="{_LABELS - 8}" y="{top + 14}" text-anchor="end">{title}</text>',
            f'<rect x="{_LABELS}" y="{top}" width="{length:.1f}" height="{_BAR}" fill="{colour}"/>',
            f'<text x="{_LABELS + length + 6:.1f}" y="{top + 14}">{row["rate"]:,.0f}</text>',
        ]
    return "\n".join([*lines, "</g>", "</svg>", ""])
