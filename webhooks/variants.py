"""What a refused request may have looked like before something on its way changed it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from webhooks.event import Delivery
from webhooks.signatures.scheme import with_body

LARGEST = 64 * 1024
"""Bytes of a body above which no variant of it is made."""

LARGEST_INDENTED = 16 * 1024
"""Bytes of a body above which it is not written with an indent, which only slow Python code can do."""

MOST_FIELDS = 500
"""Fields of a form above which it is not written anew: each costs many times its bytes."""

Variant = tuple[str, Delivery]
"""What is different about it, to follow "the signature matches …", and the request."""

_HOST = re.compile(r"[A-Za-z0-9.-]{1,253}(?::[0-9]{1,5})?")
_OTHER_SCHEME = {"http": "https", "https": "http"}


def url_variants(delivery: Delivery) -> Iterator[Variant]:
    """Yield the request with the other of http and https, and with the host that a proxy reports."""
    try:
        parts = urlsplit(delivery.url)
    except ValueError:
        return
    other = _OTHER_SCHEME.get(parts.scheme)
    if other is None:
        return
    said = f"the URL with {other} instead of {parts.scheme}"
    yield said, _at(delivery, parts._replace(scheme=other).geturl())
    host = (delivery.header("X-Forwarded-Host") or "").strip()
    if _HOST.fullmatch(host) and host != parts.netloc:
        said = "the URL with the host that X-Forwarded-Host names"
        for scheme in (parts.scheme, other):
            yield said, _at(delivery, parts._replace(scheme=scheme, netloc=host).geturl())


def body_variants(delivery: Delivery) -> Iterator[Variant]:
    """Yield the request with its body written in the other ways in which senders write it.

    A proxy that parses a body writes it anew in its own way; what the sender had signed is then
    most often one of these. At most eleven, and none of a body above `LARGEST`.
    """
    if len(delivery.body) > LARGEST:
        return
    seen = {delivery.body}
    for said, body in _bodies(delivery.body):
        if body not in seen:
            seen.add(body)
            yield f"the body {said}", with_body(delivery, body)


def _bodies(body: bytes) -> Iterator[tuple[str, bytes]]:
    yield "with a newline at its end", body + b"\n"
    yield "without the newline at its end", body.rstrip(b"\r\n")
    yield "with CRLF as LF", body.replace(b"\r\n", b"\n")
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        yield from _forms(body)
    else:
        yield from _documents(document, indented=len(body) <= LARGEST_INDENTED)


def _documents(document: Any, *, indented: bool) -> Iterator[tuple[str, bytes]]:
    for said, options in (
        ("as compact JSON", {"separators": (",", ":"), "ensure_ascii": False}),
        ("as compact JSON in ASCII", {"separators": (",", ":")}),
        ("as JSON with blanks after its separators", {}),
        ("as JSON with blanks after its separators, not escaped", {"ensure_ascii": False}),
        ("as JSON with an indent of 2", {"indent": 2, "ensure_ascii": False}),
    ):
        if "indent" in options and not indented:
            return
        try:
            text = json.dumps(document, **options)
            yield said, text.encode()
        except (ValueError, RecursionError):
            continue
        if said == "as compact JSON in ASCII":
            yield "as compact JSON in ASCII, slashes escaped", text.replace("/", "\\/").encode()
        if "indent" in options:
            yield f"{said} and a newline at its end", text.encode() + b"\n"


def _forms(body: bytes) -> Iterator[tuple[str, bytes]]:
    try:
        text = body.decode("ascii")
        fields = parse_qsl(text, keep_blank_values=True, strict_parsing=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        return
    yield "as a form with + for blanks", urlencode(fields).encode()
    yield "as a form with %20 for blanks", urlencode(fields, quote_via=quote).encode()


def _at(delivery: Delivery, url: str) -> Delivery:
    return with_body(delivery, delivery.body, url=url)
