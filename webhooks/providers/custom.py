"""The provider `hmac`: any HMAC sender, described in `hookline.toml` without writing code."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from webhooks.places import check_place
from webhooks.providers.preset import DAY, Batch, Identity, Provider
from webhooks.signatures.keyed import Keyed
from webhooks.signatures.timestamps import Timestamp

_TEXT_KEYS = ("header", "place", "prefix", "field", "separator", "algorithm", "encoding", "key", "signed")
_TIME_KEYS = ("timestamp_header", "timestamp_field", "timestamp_place", "timestamp_unit")
_OTHER_KEYS = ("more_headers", "requires", "tolerance", "tolerance_future")
_SOURCES = re.compile(r"(?:^| or | \+ )([a-z]+):(\S+)")
_LONGEST = 10**9
SIGNATURE_KEYS = (*_TEXT_KEYS, *_TIME_KEYS, *_OTHER_KEYS)


def custom_provider(
    name: str, signature: Mapping[str, Any], *, event_id: str | None, event_type: str | None
) -> Provider:
    """Make a provider from a source's `signature`, `event_id` and `event_type`.

    An id in the JSON body is under the signature; one in a header is, when `signed` names that
    header. An id such as `json:/events/*/id` says that a delivery is a batch: each element is an
    event, and its type is looked up in the element.

    Raises:
        ValueError: a key is unknown, has the wrong kind of value, or the scheme is impossible.
    """
    unknown = sorted(set(signature) - set(SIGNATURE_KEYS))
    if unknown:
        msg = f"unknown key {unknown[0]!r}; known: {', '.join(SIGNATURE_KEYS)}"
        raise ValueError(msg)
    scheme = Keyed(
        **_texts(signature, _TEXT_KEYS),
        more_headers=_more_headers(signature.get("more_headers", [])),
        requires=_requires(signature.get("requires", {})),
        timestamp=_timestamp(signature),
    )
    for key, place in (("event_id", event_id), ("event_type", event_type)):
        if place is not None:
            _check_place(key, place)
    batch, event_id = _batch(event_id)
    return Provider(
        name="hmac",
        title=name,
        scheme=scheme,
        identity=_identity(scheme, event_id),
        event_id=event_id,
        event_type=event_type,
        batch=batch,
        body_fixed=False,
        retry_window=3 * DAY,
        signs_url=("url", "") in scheme.parts,
    )


def _check_place(key: str, place: str) -> None:
    try:
        check_place(place)
    except ValueError as error:
        msg = f"{key} {error}"
        raise ValueError(msg) from None


def _batch(event_id: str | None) -> tuple[Batch | None, str | None]:
    """Take `json:/events/*/id` apart into where the items are and where in one its id is."""
    if event_id is None or not event_id.startswith("json:/") or "/*/" not in event_id:
        return None, event_id
    items, _, rest = event_id[len("json:") :].rpartition("/*/")
    return Batch(items=f"{items}/*"), f"json:/{rest}"


def _identity(scheme: Keyed, event_id: str | None) -> Identity:
    """Say whether all that names an event is signed: the body is, of the rest what `signed` names."""
    if event_id is None:
        return "body"
    signed = {(kind, name.lower()) for kind, name in scheme.parts}
    for kind, name in _SOURCES.findall(event_id):
        if kind == "header" and (kind, name.lower()) not in signed:
            return "unsigned"
        if kind == "query" and ("url", "") not in signed:
            return "unsigned"
    return "signed"


def _texts(signature: Mapping[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    values = {key: signature[key] for key in keys if key in signature}
    for key, value in values.items():
        if not isinstance(value, str):
            msg = f"{key} must be text, got {value!r}"
            raise ValueError(msg)  # noqa: TRY004 - a fault of the configuration, told with the others
    return values


def _more_headers(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(name, str) and name for name in value):
        msg = f"more_headers must be a list of names, got {value!r}"
        raise ValueError(msg)
    return tuple(value)


def _requires(value: Any) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
        msg = f'requires must be a table of headers and their values: {{ X-Version = "1" }}, got {value!r}'
        raise ValueError(msg)
    return tuple(value.items())


def _timestamp(signature: Mapping[str, Any]) -> Timestamp | None:
    given = _texts(signature, _TIME_KEYS)
    tolerance, future = _seconds(signature, "tolerance"), _seconds(signature, "tolerance_future")
    places = {key.removeprefix("timestamp_"): given[key] for key in _TIME_KEYS[:3] if key in given}
    if not places:
        if given or tolerance is not None or future is not None:
            msg = "tolerance needs timestamp_header, timestamp_field or timestamp_place"
            raise ValueError(msg)
        return None
    return Timestamp(
        **places,
        unit=given.get("timestamp_unit", "s"),
        tolerance=300.0 if tolerance is None else tolerance,
        future=future,
    )


def _seconds(signature: Mapping[str, Any], key: str) -> float | None:
    value = signature.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > _LONGEST:
        msg = f"{key} must be a number of seconds, got {value!r}"
        raise ValueError(msg)
    return float(value)
