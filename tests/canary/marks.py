"""Marked values, and finding them again in any form in which they could have got out."""

from __future__ import annotations

from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import quote

PIECE = 12
"""Characters of a mark that are a leak already."""


@dataclass(frozen=True)
class Mark:
    """One value that must stay: `what` it is, and the value, no part of which stands anywhere by right."""

    what: str
    value: str


def found(marks: Iterable[Mark], text: bytes | str) -> set[str]:
    """Return what was found, for example `the Redis password, base64`."""
    raw = text.encode() if isinstance(text, str) else text
    lowered = raw.lower()
    return {
        f"{mark.what}, {form}"
        for mark in marks
        for form, spelled in spellings(mark.value)
        if spelled.lower() in lowered
    }


def spellings(value: str) -> Iterator[tuple[str, bytes]]:
    """Yield every piece of a value in each of its forms; case is for the caller to forget."""
    for start in range(len(value) - PIECE + 1):
        piece = value[start : start + PIECE]
        raw = piece.encode()
        yield "plain", raw
        yield "JSON", "".join(f"\\u{ord(char):04x}" for char in piece).encode()
        yield "JSON, escaped slashes and quotes", piece.replace("/", "\\/").replace('"', '\\"').encode()
        yield "URL-encoded", quote(piece, safe="").encode()
        yield "URL-encoded whole", "".join(f"%{byte:02x}" for byte in raw).encode()
        yield "HTML", piece.replace("&", "&amp;").replace('"', "&#34;").encode()
        yield "hex", raw.hex().encode()
        for encode, name in ((b64encode, "base64"), (urlsafe_b64encode, "base64url")):
            # A piece of nine bytes within twelve begins at a boundary of three, wherever it stands.
            yield name, encode(raw[:9])
