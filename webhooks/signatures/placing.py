"""Putting a signature where a scheme looks for it: what `places` reads, written."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from webhooks.event import Delivery
from webhooks.forms import form_fields
from webhooks.places import Place, elements, parse_json
from webhooks.signatures.scheme import with_body, with_headers


def put(delivery: Delivery, place: Place, value: str | int) -> Delivery:
    """Return the delivery with `value` at `place`.

    Raises:
        ValueError: the place is none that can be written, or the body has no object around it.
    """
    first, _, rest = place.partition(" > ")
    kind, _, name = first.partition(":")
    if kind == "header" and not rest:
        return with_headers(delivery, (name, str(value)))
    if kind == "json" and not rest:
        return with_body(delivery, _json_with(delivery.body, name, value).encode())
    if kind == "query" and not rest:
        joint = "&" if "?" in delivery.url else "?"
        return with_body(delivery, delivery.body, url=f"{delivery.url}{joint}{urlencode({name: str(value)})}")
    if kind == "form":
        fields = form_fields(delivery)
        if fields is not None:
            return with_body(delivery, _form_with(fields, name, rest, value).encode())
    msg = f"nothing can be put at {place}: the sample's body is not of this provider's form"
    raise ValueError(msg)


def put_in_each(delivery: Delivery, every: str, place: Place, value: str) -> Delivery:
    """Return the delivery with `value` in each element of a list in its JSON body.

    Raises:
        ValueError: there is no element, or one is no object.
    """
    document = parse_json(delivery.body)
    name = place.removeprefix("json:/")
    found = list(elements(document, every))
    if not found or not all(isinstance(element, dict) for element in found):
        msg = f"the sample's body has no objects at {every}"
        raise ValueError(msg)
    for element in found:
        element[name] = value
    return with_body(delivery, json.dumps(document, separators=(",", ":")).encode())


def _json_with(document: bytes | str, pointer: str, value: str | int) -> str:
    root = parse_json(document)
    *above, last = pointer.split("/")[1:]
    inner: Any = root
    for step in above:
        inner = inner.get(step) if isinstance(inner, dict) else None
    if not isinstance(inner, dict):
        msg = f"the sample's body has no object around {pointer}"
        raise ValueError(msg)  # noqa: TRY004 - about the content of a text
    inner[last] = value
    return json.dumps(root, separators=(",", ":"))


def _form_with(fields: list[tuple[str, str]], name: str, rest: str, value: str | int) -> str:
    known = dict(fields)
    text = _json_with(known.get(name, ""), rest.removeprefix("json:"), value) if rest else str(value)
    return urlencode([*((key, old) for key, old in fields if key != name), (name, text)])
