"""The provider `hmac`: any HMAC sender, described in `hookline.toml` without writing code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from webhooks.providers.preset import DAY, Batch, Identity, Provider
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
    header. An id such as `json:/events/*/id` says that a delivery is a batch: each element is an
    event, and its type is looked up in the element.

    Raises:
        ValueError: a key is unknown, has the wrong kind of value, or the scheme is impossible.
    """
    unknown = sorted(set(signature) - set(SIGNATURE_KEYS))
    if unknown:
        msg = f"unknown key {unknown[0]!r}; known: {', '.join(SIGNATURE_KEYS)}"
        raise ValueError(msg)
    scheme = Keyed(**{"header": "", **_texts(signature, _TEXT_KEYS)}, timestamp=_timestamp(signature))
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
    )


def _batch(event_id: str | None) -> tuple[Batch | None, str | None]:
    """Take `json:/events/*/id` apart into where the items are and where in one its id is."""
    if event_id is None or not event_id.startswith("json:/") or "/*/" not in event_id:
        return None, event_id
    items, _, rest = event_id[len("json:") :].rpartition("/*/")
    return Batch(items=f"{items}/*"), f"json:/{rest}"


def _identity(scheme: Keyed, event_id: str | None) -> Identity:
    if event_id is None:
        return "body"
    kind, _, where = event_id.partition(":")
    if kind == "json" or ("header", where.lower()) in [(part, name.lower()) for part, name in scheme.parts]:
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
    return Timestamp(
        header=given.get("timestamp_header"),
        field=given.get("timestamp_field"),
        unit=given.get("timestamp_unit", "s"),
        tolerance=float(tolerance),
    )
