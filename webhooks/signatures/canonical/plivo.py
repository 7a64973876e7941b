"""Plivo: versions 2 and 3 of its signature.

https://www.plivo.com/docs/voice/concepts/signature-validation
"""

from __future__ import annotations

from webhooks.event import Delivery
from webhooks.forms import Fields, decoded_pairs, form_fields
from webhooks.signatures.scheme import malformed, required_header

_NONCE_V2 = "X-Plivo-Signature-V2-Nonce"
_NONCE_V3 = "X-Plivo-Signature-V3-Nonce"


def plivo_v2_text(delivery: Delivery, _stamp: str) -> tuple[bytes, ...]:
    """Return the URL without its query, then the nonce; neither query nor body is covered."""
    base, _ = _split(delivery.url)
    return ((base + required_header(delivery, _NONCE_V2)).encode("utf-8", "surrogatepass"),)


def plivo_v3_text(delivery: Delivery, _stamp: str) -> tuple[bytes, ...]:
    """Return the URL with its query sorted, the sorted fields of the form, and the nonce."""
    nonce = required_header(delivery, _NONCE_V3)
    base, raw = _split(delivery.url)
    query, params = decoded_pairs(raw), form_fields(delivery) or []
    if query is None:
        raise malformed("the URL has too many fields")
    if delivery.body and not params:
        raise malformed("the body is no form with fields: version 3 would not cover it")
    text = _get(base, query, params) if delivery.method == "GET" else _post(base, query, params)
    return (f"{text}.{nonce}".encode("utf-8", "surrogatepass"),)


def _split(url: str) -> tuple[str, str]:
    """Take the query off a URL as text: what is signed must not be a parser's reading of it."""
    base, _, query = url.partition("#")[0].partition("?")
    return base, query


def _get(base: str, query: Fields, params: Fields) -> str:
    pairs = sorted([*query, *params])
    return base + ("?" + "&".join(f"{name}={value}" for name, value in pairs) if pairs else "")


def _post(base: str, query: Fields, params: Fields) -> str:
    text = _get(base, query, []) if query else base + ("?" if params else "")
    joint = "." if query and params else ""
    return text + joint + "".join(name + value for name, value in sorted(params))
