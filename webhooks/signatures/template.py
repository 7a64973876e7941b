"""What is signed, as text with placeholders, taken apart once when a scheme is made."""

from __future__ import annotations

import re

from webhooks.errors import Rejected
from webhooks.event import Delivery
from webhooks.places import Reader, check_place

NAMED = ("{body}", "{timestamp}", "{method}", "{url}", "{secret}")

_PLACEHOLDER = re.compile(r"(\{[^{}]*\})")


def parts_of(template: str) -> tuple[str, ...]:
    """Split a template such as `{timestamp}.{body}`; raise `ValueError` on an unknown placeholder."""
    parts = tuple(part for part in _PLACEHOLDER.split(template) if part)
    for part in parts:
        if part.startswith("{") and part not in NAMED:
            try:
                check_place(part[1:-1])
            except ValueError:
                msg = f"signed has an unknown placeholder {part}; known: {' '.join(NAMED)} {{header:Name}}"
                raise ValueError(msg) from None
    return parts


def render(parts: tuple[str, ...], delivery: Delivery, *, stamp: str, key: bytes) -> bytes:
    """Return the bytes that are signed; raise `Rejected` when a part of them is missing.

    Args:
        parts: what `parts_of` returned.
        delivery: the request.
        stamp: the text of the timestamp, as the sender wrote it.
        key: what stands for `{secret}`.
    """
    find: Reader | None = None
    pieces = []
    for part in parts:
        if part == "{body}":
            pieces.append(delivery.body)
        elif part == "{timestamp}":
            pieces.append(wire_bytes(stamp))
        elif part == "{url}":
            pieces.append(delivery.url.encode("utf-8", "surrogatepass"))
        elif part == "{method}":
            pieces.append(wire_bytes(delivery.method))
        elif part == "{secret}":
            pieces.append(key)
        elif part.startswith("{"):
            find = find or Reader(delivery)
            pieces.append(_found(find, part[1:-1]))
        else:
            pieces.append(part.encode())
    return b"".join(pieces)


def wire_bytes(text: str) -> bytes:
    """Return a header's text as the bytes that came; what latin-1 cannot carry was never on the wire."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def _found(find: Reader, place: str) -> bytes:
    value = find(place)
    if value is None:
        raise Rejected("signature_missing", f"{place}, which is part of what is signed, is missing")
    return wire_bytes(value) if place.startswith("header:") else value.encode("utf-8", "surrogatepass")
