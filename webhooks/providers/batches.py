"""One delivery, several events: a batch taken apart."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from webhooks.event import Delivery
from webhooks.forms import field, form_fields
from webhooks.places import elements, parse_json
from webhooks.providers.preset import Batch

MOST_EVENTS = 10_000
"""A delivery with more items than this is taken as one event; no provider sends half as many."""


def items(batch: Batch, delivery: Delivery) -> list[bytes]:
    """Return the body of each event in a delivery, compact JSON; empty when it is no batch.

    A body is the provider's own item, written anew without blanks: other bytes than were signed,
    but the same values in the same order. Never raises.
    """
    text: str | bytes | None = delivery.body
    if batch.form is not None:
        text = field(form_fields(delivery), batch.form)
    if not text:
        return []
    found: list[bytes] = []
    try:
        for item in elements(parse_json(text), batch.items):
            found.extend(_written(one) for one in _narrowed(item, batch.each))
            if len(found) > MOST_EVENTS:
                return []
    except RecursionError:
        return []
    return found


def _narrowed(item: Any, each: tuple[str, ...]) -> Iterator[Any]:
    """Yield the item once for each thing that one of the pointers leads to, without all the others."""
    count = 0
    for pointer in each:
        steps = pointer.split("/")[1:-1]
        listed = _list_at(item, steps)
        for element in listed:
            count += 1
            others = [other.split("/")[1:-1] for other in each if other != pointer]
            yield _replaced(_without(item, others), steps, [element])
    if count == 0:
        yield item


def _list_at(value: Any, steps: list[str]) -> list[Any]:
    for step in steps:
        value = value.get(step) if isinstance(value, dict) else None
    return value if isinstance(value, list) else []


def _replaced(value: dict[str, Any], steps: list[str], new: list[Any]) -> dict[str, Any]:
    first, rest = steps[0], steps[1:]
    return {**value, first: _replaced(value[first], rest, new) if rest else new}


def _without(value: dict[str, Any], paths: list[list[str]]) -> dict[str, Any]:
    for path in paths:
        if _list_at(value, path):
            value = _replaced(value, path, [])
    return value


def _written(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
