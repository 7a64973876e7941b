"""Taking quotations of a body, and secrets, out of a text that leaves the store."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import unquote_plus

SHORTEST = 8
"""Characters of a body that an error may quote; a longer run is masked."""

LONGEST = 500
"""Characters of an error's message that are kept."""

MASK = "[masked]"

_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_CONTROLS = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}


def redact(text: str, *, body: bytes, secrets: Iterable[str] = ()) -> str:
    """Return `text` with each run of more than `SHORTEST` characters of `body` masked.

    An exception often quotes the value it stumbled over; that value is the customer's.
    """
    # The longest first: a secret may begin with another.
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, MASK)
    text = text[:LONGEST]
    source = _spellings(body, quoted="\\" in text)
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


def _spellings(body: bytes, *, quoted: bool) -> str:
    """Return the body in each form in which an error may quote it.

    Args:
        body: as it came; what a handler parsed from it has no more JSON's or a form's escapes.
        quoted: whether Python's own escapes are to be looked for too.
    """
    raw = body.decode("utf-8", "replace")
    found = [raw]
    if "\\" in raw:
        found.append(_unescaped(raw))
    if "%" in raw or "+" in raw:
        found.append(unquote_plus(raw))
    if quoted:
        found += [repr(body), *map(repr, found), *map(ascii, found)]
    return "\n".join(found)


def _unescaped(raw: str) -> str:
    def plain(match: re.Match[str]) -> str:
        sign = match[1]
        return chr(int(sign[1:], 16)) if len(sign) > 1 else _CONTROLS.get(sign, sign)

    # Two halves of a pair become the one character that they stand for.
    return _ESCAPE.sub(plain, raw).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
