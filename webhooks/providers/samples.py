"""A request as a provider would send it, not yet signed: for `hookline send`, the documents and the tests."""

from __future__ import annotations

import json
from typing import Any

from webhooks.event import Delivery
from webhooks.places import Place
from webhooks.providers.preset import Provider


def sample(
    provider: Provider, *, url: str, event_id: str, now: float, event_type: str | None = None
) -> Delivery:
    """Return a request with one event, to be signed with `webhooks.signatures.sign`.

    Args:
        provider: who would send it.
        url: where to.
        event_id: the event's id, plain text.
        now: seconds since the epoch (UTC).
        event_type: the event's type; the provider's usual one when None.
    """
    filled = {"id": event_id, "type": event_type or provider.sample_type, "now": int(now)}
    headers = [("Content-Type", provider.sample_media)]
    headers += _named_headers(provider, filled)
    headers += [(name, value.format(**filled)) for name, value in provider.sample_headers]
    text = (
        provider.sample_body.format(**filled) if provider.sample_body is not None else _body(provider, filled)
    )
    return Delivery(method="POST", url=url, headers=tuple(headers), body=text.encode(), received_at=now)


def _named_headers(provider: Provider, filled: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the headers in which this provider puts id and type."""
    named = ((provider.event_id, filled["id"]), (provider.event_type, filled["type"]))
    found = {}
    for place, value in named:
        first = (place or "").partition(" or ")[0]
        kind, _, name = first.partition(":")
        if kind == "header" and " " not in name and name.lower() not in _own_headers(provider):
            found[name] = value
    return list(found.items())


def _own_headers(provider: Provider) -> set[str]:
    """Return the names of the headers that the sample gives itself, in lower case."""
    return {name.lower() for name, _ in provider.sample_headers}


def _body(provider: Provider, filled: dict[str, Any]) -> str:
    """Return JSON with id and type where the provider's places say, in a batch of one if it sends batches."""
    item: dict[str, Any] = {}
    # The type last: an id is often put together from an object's id and the type.
    for place, value in ((provider.event_id, filled["id"]), (provider.event_type, filled["type"])):
        for pointer in _pointers(place):
            _set(item, pointer, value)
    document: Any = item
    if provider.batch is not None:
        for step in reversed(provider.batch.items.split("/")[1:]):
            document = [document] if step == "*" else {step: document}
    if isinstance(document, dict):
        # Where the body's hash is the id, it must differ from one sample to the next.
        document |= {"sample": filled["id"], "sent_at": filled["now"]}
    return json.dumps(document)


def _pointers(place: Place | None) -> list[list[str]]:
    """Return the JSON pointers of a place's first choice."""
    parts = (place or "").partition(" or ")[0].split(" + ")
    return [
        part[len("json:/") :].split("/") for part in parts if part.startswith("json:/") and " > " not in part
    ]


def _set(document: dict[str, Any], steps: list[str], value: Any) -> None:
    first, rest = steps[0], steps[1:]
    if not rest:
        document[first] = value
    elif rest[0] == "0":
        # A list of one.
        listed = document.setdefault(first, [{}])
        _set(listed[0], rest[1:], value)
    else:
        _set(document.setdefault(first, {}), rest, value)
