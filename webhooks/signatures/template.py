"""What is signed, as text with placeholders, taken apart once when a scheme is made."""

from __future__ import annotations

import re

from webhooks.errors import Rejected
from webhooks.event import Delivery
from webhooks.places import Reader, check_place

NAMED = ("{body}", "{timestamp}", "{method}", "{url}", "{secret}")

Part = tuple[str, str]
"""What kind of part it is, and its literal text, header or place; both empty where they say nothing."""

_PLACEHOLDER = re.compile(r"(\{[^{}]*\})")


def parts_of(template: str) -> tuple[Part, ...]:
    """Split a template such as `{timestamp}.{body}`; raise `ValueError` on an unknown placeholder."""
    return tuple(_part(text) for text in _PLACEHOLDER.split(template) if text)


def _part(text: str) -> Part:
    if not text.startswith("{"):
        return "literal", text
    if text in NAMED:
        return text[1:-1], ""
    try:
        place = check_place(text[1:-1])
    except ValueError:
        msg = f"signed has an unknown placeholder {text}; known: {' '.join(NAMED)} {{header:Name}}"
        raise ValueError(msg) from None
    kind, _, name = place.partition(":")
    plain = kind == "header" and not any(joint in name for joint in (" > ", " + ", " or "))
    return ("header", name) if plain else ("place", place)


def render(parts: tuple[Part, ...], delivery: Delivery, *, stamp: str, key: bytes) -> bytes:
    """Return the bytes that are signed; raise `Rejected` when a part of them is missing.

    Args:
        parts: what `parts_of` returned.
        delivery: the request.
        stamp: the text of the timestamp, as the sender wrote it.
        key: what stands for `{secret}`.
    """
    pieces = []
    for kind, text in parts:
        if kind == "body":
            pieces.append(delivery.body)
        elif kind == "timestamp":
            pieces.append(wire_bytes(stamp))
        elif kind == "literal":
            pieces.append(text.encode())
        elif kind == "header":
            pieces.append(wire_bytes(_present(delivery.header(text), text)))
        elif kind == "url":
            pieces.append(delivery.url.encode("utf-8", "surrogatepass"))
        elif kind == "method":
            pieces.append(wire_bytes(delivery.method))
        elif kind == "secret":
            pieces.append(key)
        else:
            pieces.append(_present(Reader(delivery)(text), text).encode("utf-8", "surrogatepass"))
    return b"".join(pieces)


def wire_bytes(text: str) -> bytes:
    """Return a header's text as the bytes that came; what latin-1 cannot carry was never on the wire."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def _present(value: str | None, name: str) -> str:
    if value is None or value == "":
        raise Rejected("signature_missing", f"{name}, which is part of what is signed, is missing")
    return value
