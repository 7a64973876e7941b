"""Plivo: versions 2 and 3 of its signature.

https://www.plivo.com/docs/voice/concepts/signature-validation
"""

from __future__ import annotations

from urllib.parse import parse_qsl

from webhooks.event import Delivery
from webhooks.forms import MOST_FIELDS, Fields, form_fields
from webhooks.signatures.scheme import malformed, required_header

_NONCE_V2 = "X-Plivo-Signature-V2-Nonce"
_NONCE_V3 = "X-Plivo-Signature-V3-Nonce"


def plivo_v2_text(delivery: Delivery, _stamp: str) -> tuple[bytes, ...]:
    """Return the URL without its query, then the nonce; neither query nor body is covered."""
    base, _ = _split(delivery.url)
    return ((base + required_header(delivery, _NONCE_V2)).encode("utf-8", "surrogatepass"),)


def plivo_v3_texts(delivery: Delivery, _stamp: str) -> tuple[bytes, ...]:
    """Return the URL with its query sorted, the sorted fields of the form, and the nonce.

    Plivo's SDK reads an escaped query as latin-1; where that makes a difference, both readings count.
    """
    nonce = required_header(delivery, _NONCE_V3)
    base, query = _split(delivery.url)
    params = form_fields(delivery) or []
    if delivery.body and not params:
        raise malformed("the body is no form with fields: version 3 would not cover it")
    texts = []
    for encoding in ("utf-8", "latin-1"):
        found = _decoded(query, encoding)
        text = _get(base, found, params) if delivery.method == "GET" else _post(base, found, params)
        texts.append(f"{text}.{nonce}".encode("utf-8", "surrogatepass"))
    return tuple(dict.fromkeys(texts))


def _split(url: str) -> tuple[str, str]:
    """Take the query off a URL as text: what is signed must not be a parser's reading of it."""
    base, _, query = url.partition("#")[0].partition("?")
    return base, query


def _decoded(query: str, encoding: str) -> Fields:
    try:
        return parse_qsl(query, keep_blank_values=True, encoding=encoding, max_num_fields=MOST_FIELDS)
    except ValueError:
        raise malformed("the URL has too many fields") from None


def _get(base: str, query: Fields, params: Fields) -> str:
    pairs = sorted([*query, *params])
    return base + ("?" + "&".join(f"{name}={value}" for name, value in pairs) if pairs else "")


def _post(base: str, query: Fields, params: Fields) -> str:
    text = _get(base, query, []) if query else base + ("?" if params else "")
    joint = "." if query and params else ""
    return text + joint + "".join(name + value for name, value in sorted(params))
