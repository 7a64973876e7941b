"""Taking quotations of a body, and secrets, out of a text that leaves the store."""

from __future__ import annotations

from collections.abc import Iterable

SHORTEST = 8
"""Characters of a body that an error may quote; a longer run is masked."""

LONGEST = 500
"""Characters of an error's message that are kept."""

MASK = "[masked]"


def redact(text: str, *, body: bytes, secrets: Iterable[str] = ()) -> str:
    """Return `text` with each run of more than `SHORTEST` characters of `body` masked.

    An exception often quotes the value it stumbled over; that value is the customer's.
    """
    for secret in secrets:
        text = text.replace(secret, MASK)
    text = text[:LONGEST]
    source = body.decode("utf-8", "replace")
    out: list[str] = []
    position = 0
    while position < len(text):
        length = _quoted(text, position, source)
        if length > SHORTEST:
            out.append(MASK)
            position += length
        else:
            out.append(text[position])
            position += 1
    return "".join(out)


def _quoted(text: str, start: int, source: str) -> int:
    """Return how many characters of `text` from `start` stand in `source` in one run."""
    if text[start : start + SHORTEST + 1] not in source:
        return 0
    low, high = SHORTEST + 1, len(text) - start
    if high < low:
        return 0
    while low < high:
        middle = (low + high + 1) // 2
        if text[start : start + middle] in source:
            low = middle
        else:
            high = middle - 1
    return low
