"""The provider `hmac`: any HMAC sender, described in `hookline.toml` without writing code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from webhooks.places import check_place
from webhooks.providers.preset import DAY, Identity, Provider
from webhooks.signatures.keyed import Keyed
from webhooks.signatures.timestamps import Timestamp

_TEXT_KEYS = ("header", "prefix", "field", "separator", "algorithm", "encoding", "key", "signed")
_TIME_KEYS = ("timestamp_header", "timestamp_field", "timestamp_unit", "tolerance")
SIGNATURE_KEYS = (*_TEXT_KEYS, *_TIME_KEYS)


def custom_provider(
    name: str, signature: Mapping[str, Any], *, event_id: str | None, event_type: str | None
) -> Provider:
    """Make a provider from a source's `signature`, `event_id` and `event_type`.

    An id in the JSON body is under the signature; one in a header is, when `signed` names that
    header.

    Raises:
        ValueError: a key is unknown, has the wrong kind of value, or the scheme is impossible.
    """
    unknown = sorted(set(signature) - set(SIGNATURE_KEYS))
    if unknown:
        msg = f"unknown key {unknown[0]!r}; known: {', '.join(SIGNATURE_KEYS)}"
        raise ValueError(msg)
    scheme = Keyed(**{"header": "", **_texts(signature, _TEXT_KEYS)}, timestamp=_timestamp(signature))
    if event_id is not None:
        check_place(event_id)
    if event_type is not None:
        check_place(event_type)
    return Provider(
        name="hmac",
        title=name,
        scheme=scheme,
        identity=_identity(scheme, event_id),
        event_id=event_id,
        event_type=event_type,
        body_fixed=False,
        retry_window=3 * DAY,
        sample_headers=_sample_headers(event_id, event_type),
    )


def _identity(scheme: Keyed, event_id: str | None) -> Identity:
    if event_id is None:
        return "body"
    kind, _, where = event_id.partition(":")
    if kind == "json" or f"{{header:{where}}}".lower() in scheme.signed.lower():
        return "signed"
    return "unsigned"


def _texts(signature: Mapping[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    values = {key: signature[key] for key in keys if key in signature}
    for key, value in values.items():
        if not isinstance(value, str):
            msg = f"{key} must be text, got {value!r}"
            raise ValueError(msg)  # noqa: TRY004 - a fault of the configuration, told with the others
    return values


def _timestamp(signature: Mapping[str, Any]) -> Timestamp | None:
    given = _texts(signature, _TIME_KEYS[:3])
    tolerance = signature.get("tolerance", 300)
    if isinstance(tolerance, bool) or not isinstance(tolerance, int | float):
        msg = f"tolerance must be a number of seconds, got {tolerance!r}"
        raise ValueError(msg)  # noqa: TRY004 - as above
    if "timestamp_header" not in given and "timestamp_field" not in given:
        if "tolerance" in signature or given:
            msg = "tolerance needs timestamp_header or timestamp_field"
            raise ValueError(msg)
        return None
    unit = given.get("timestamp_unit", "s")
    if unit not in ("s", "ms"):
        msg = f"timestamp_unit must be s or ms, got {unit!r}"
        raise ValueError(msg)
    return Timestamp(
        header=given.get("timestamp_header"),
        field=given.get("timestamp_field"),
        unit=unit,
        tolerance=float(tolerance),
    )


def _sample_headers(event_id: str | None, event_type: str | None) -> tuple[tuple[str, str], ...]:
    places = ((event_id or "", "{id}"), (event_type or "", "{type}"))
    found = tuple((place[len("header:") :], text) for place, text in places if place.startswith("header:"))
    return (("Content-Type", "application/json"), *found)
