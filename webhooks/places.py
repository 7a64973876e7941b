"""Where in a delivery a value is found, as text that a preset and `hookline.toml` share.

A *place* is a source and, after ` > `, what to do with what was found there:

    header:X-GitHub-Delivery           a header
    json:/data/id                      an RFC 6901 pointer into the JSON body
    form:token, query:data.id          a field of the form body, of the URL's query
    key:update_id                      the first key of the JSON body that is none of these
    form:json > json:/event/hash       JSON in a form field
    header:Authorization > jwt:/jti    a claim of a JSON Web Token, a word before it skipped
    form:payload > base64 > xml:kind   the text of the first such element

` + ` joins two places with a dot, ` or ` takes the second when the first is not there.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

from webhooks.event import Delivery
from webhooks.forms import field, form_fields, query_fields

Place = str
"""See the module's text."""

Step = tuple[str, str]

_NAME = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_FIRST = re.compile(rf"header:{_NAME}|json:(?:/[^/]*)+|form:.+|query:.+|key:[^\s,]*(?:,[^\s,]+)*")
_NEXT = re.compile(r"json:(?:/[^/]*)+|jwt:(?:/[^/]*)+|base64|xml:[A-Za-z_][\w.-]*")
_INDEX = re.compile(r"0|[1-9][0-9]{0,8}")
_NOT_PARSED = object()
_DECODE = json.JSONDecoder().decode


def check_place(text: str) -> Place:
    """Return `text` when it names a place; raise `ValueError` with the forms that do otherwise."""
    _compiled(text)
    return text


@lru_cache(maxsize=1024)
def _compiled(text: Place) -> tuple[tuple[tuple[Step, ...], ...], ...]:
    """Return the alternatives, each a sum of chains of steps."""
    return tuple(tuple(_chain(text, part) for part in choice.split(" + ")) for choice in text.split(" or "))


def _chain(text: str, part: str) -> tuple[Step, ...]:
    first, *others = part.split(" > ")
    if not _FIRST.fullmatch(first) or not all(_NEXT.fullmatch(step) for step in others):
        msg = f"{text!r} names no place: write header:<name> or json:/<pointer>, form:<name> or query:<name>"
        raise ValueError(msg)
    steps = [step.partition(":") for step in (first, *others)]
    return tuple((kind, argument) for kind, _, argument in steps)


class Reader:
    """Finds values in one delivery, parsing its body once and only if asked.

    What is not there, or not text or a whole number, is None: a proven body is stored whatever is
    in it, so nothing here raises on what a sender wrote.
    """

    def __init__(self, delivery: Delivery) -> None:
        """Read nothing yet."""
        self._delivery = delivery
        self._json: Any = _NOT_PARSED

    def __call__(self, place: Place) -> str | None:
        """Return the text found at `place`, or None; raise `ValueError` when it is no place."""
        for choice in _compiled(place):
            texts = []
            for steps in choice:
                text = self._follow(steps)
                if text is None:
                    break
                texts.append(text)
            else:
                return ".".join(texts)
        return None

    def document(self) -> Any:
        """Return the parsed JSON body; None when it is not JSON."""
        if self._json is _NOT_PARSED:
            self._json = parse_json(self._delivery.body)
        return self._json

    def _follow(self, steps: tuple[Step, ...]) -> str | None:
        kind, argument = steps[0]
        value = self._first(kind, argument)
        for later, path in steps[1:]:
            if value is None:
                return None
            value = _STEPS[later](value, path)
        return value or None

    def _first(self, kind: str, argument: str) -> str | None:
        if kind == "header":
            return self._delivery.header(argument)
        if kind == "json":
            return as_text(pointed(self.document(), argument))
        if kind == "form":
            return field(form_fields(self._delivery), argument)
        if kind == "query":
            return field(query_fields(self._delivery), argument)
        document = self.document()
        known = argument.split(",")
        return (
            next((key for key in document if key not in known), None) if isinstance(document, dict) else None
        )


def parse_json(data: bytes | str) -> Any:
    """Parse JSON, or return None: also for a number of 5,000 digits, and for 100,000 brackets."""
    try:
        if isinstance(data, bytes) and data[:1] == b"{" and data[1:2] != b"\0":
            # UTF-8 for certain, as `loads` would find out in the time that it takes to read 1 KB.
            return _DECODE(data.decode("utf-8", "surrogatepass"))
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def pointed(value: Any, pointer: str) -> Any:
    """Follow an RFC 6901 pointer; None when it leads nowhere."""
    for key in _keys(pointer):
        if isinstance(value, dict):
            value = value.get(key)
        elif isinstance(value, list) and _INDEX.fullmatch(key) and int(key) < len(value):
            value = value[int(key)]
        else:
            return None
    return value


@lru_cache(maxsize=1024)
def _keys(pointer: str) -> tuple[str, ...]:
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:])


def elements(value: Any, pointer: str) -> Iterator[Any]:
    """Yield what a pointer with `*` for the elements of a list leads to; an empty object is nothing."""
    yield from _elements(value, pointer.split("/")[1:])


def _elements(value: Any, steps: list[str]) -> Iterator[Any]:
    if not steps:
        if value is not None and value != {}:
            yield value
        return
    step, rest = steps[0], steps[1:]
    if step == "*":
        for element in value if isinstance(value, list) else ():
            yield from _elements(element, rest)
    elif isinstance(value, dict) and step in value:
        yield from _elements(value[step], rest)


def as_text(value: Any) -> str | None:
    """Return a text or a whole number as text, anything else as None."""
    if isinstance(value, str):
        return value or None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if abs(value) < 10**30 else None
    return None


def _json_step(text: str, pointer: str) -> str | None:
    return as_text(pointed(parse_json(text), pointer))


def _jwt_step(text: str, pointer: str) -> str | None:
    segments = text.rpartition(" ")[2].split(".")
    if len(segments) != 3:  # noqa: PLR2004 - header, payload, signature
        return None
    return _json_step(_base64_step(segments[1].replace("-", "+").replace("_", "/"), "") or "", pointer)


def _base64_step(text: str, _argument: str) -> str | None:
    try:
        return b64decode(text + "=" * (-len(text) % 4)).decode("utf-8", "replace")
    except ValueError:
        return None


def _xml_step(text: str, tag: str) -> str | None:
    # Only a name is wanted: no parser, so no entity, no external document, no depth.
    found = re.search(rf"<{re.escape(tag)}(?:\s[^<>]*)?>([^<]{{1,500}})</{re.escape(tag)}>", text)
    return found[1].strip() if found else None


_STEPS: dict[str, Callable[[str, str], str | None]] = {
    "json": _json_step,
    "jwt": _jwt_step,
    "base64": _base64_step,
    "xml": _xml_step,
}
