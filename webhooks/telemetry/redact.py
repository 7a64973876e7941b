"""Taking quotations of a body, and secrets, out of a text that leaves the store."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

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
    quoted = [False] * len(text)
    for start in range(len(text) - SHORTEST):
        end = start + SHORTEST + 1
        if text[start:end] in source:
            quoted[start:end] = [True] * (end - start)
    runs = groupby(zip(quoted, text, strict=True), key=lambda pair: pair[0])
    return "".join(MASK if masked else "".join(char for _, char in run) for masked, run in runs)
