"""Where in a delivery a value is found: `header:X-GitHub-Event` or `json:/data/id` (RFC 6901)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from webhooks.event import Delivery

Place = str
"""`header:<name>` or `json:<RFC 6901 pointer>`."""

_PLACE = re.compile(r"header:[!#$%&'*+.^_`|~0-9A-Za-z-]+|json:(?:/[^/]*)+")
_INDEX = re.compile(r"0|[1-9][0-9]{0,8}")


def check_place(text: str) -> Place:
    """Return `text` when it names a place; raise `ValueError` with the forms that do otherwise."""
    if not _PLACE.fullmatch(text):
        msg = f"{text!r} names no place: write header:<name> or json:/<pointer>"
        raise ValueError(msg)
    return text


def reader(delivery: Delivery) -> Callable[[Place], str | None]:
    """Return a function that finds values in `delivery`, parsing its body once and only if asked.

    What is not there, or not text or a whole number, is None: a proven body is stored whatever
    is in it, so nothing here raises.
    """
    parsed: list[Any] = []

    def find(place: Place) -> str | None:
        kind, _, path = place.partition(":")
        if kind == "header":
            return delivery.header(path) or None
        if kind == "json":
            if not parsed:
                parsed.append(_parse(delivery.body))
            return _text(_follow(parsed[0], path))
        return None

    return find


def _parse(body: bytes) -> Any:
    try:
        return json.loads(body)
    # A number of 5,000 digits is a ValueError, 100,000 brackets are a RecursionError.
    except (ValueError, RecursionError):
        return None


def _follow(value: Any, pointer: str) -> Any:
    for step in pointer.split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict):
            value = value.get(key)
        elif isinstance(value, list) and _INDEX.fullmatch(key) and int(key) < len(value):
            value = value[int(key)]
        else:
            return None
    return value


def _text(value: Any) -> str | None:
    if isinstance(value, str):
        return value or None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if abs(value) < 10**30 else None
    return None
