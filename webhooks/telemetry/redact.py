"""Taking quotations of a body, and secrets, out of a text that leaves the store."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import groupby
from urllib.parse import unquote_plus

SHORTEST = 8
"""Characters of a body that an error may quote; a longer run is masked."""

LONGEST = 500
"""Characters of an error's message that are kept."""

LARGEST = 1024 * 1024
"""Bytes of a body that a message is held against; with a larger one nothing of it is shown."""

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
    if len(body) > LARGEST:
        return MASK
    source = _spellings(body, quoted="\\" in text)
    quoted = [False] * len(text)
    for start in range(len(text) - SHORTEST):
        end = start + SHORTEST + 1
        if text[start:end] in source:
            quoted[start:end] = [True] * (end - start)
    runs = groupby(zip(quoted, text, strict=True), key=lambda pair: pair[0])
    return "".join(MASK if masked else "".join(char for _, char in run) for masked, run in runs)


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
