"""The HMAC family: one `verify` and one `sign` for every provider that is a `Keyed` value."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Sequence

from webhooks.errors import Rejected
from webhooks.event import Delivery, Headers, first_header
from webhooks.signatures.decoding import digest_bytes, key_bytes, timestamp_value
from webhooks.signatures.scheme import Keyed, Timestamp, Verified

_HASH = {"sha1": hashlib.sha1, "sha256": hashlib.sha256, "sha512": hashlib.sha512}


def verify_keyed(scheme: Keyed, delivery: Delivery, secrets: Sequence[str], *, now: float) -> Verified:
    """Prove a delivery, or raise `Rejected`.

    The signature is judged before the time is believed, so that only who knows the secret learns
    what our clock says.
    """
    text = delivery.header(scheme.header)
    if text is None or text == "":
        raise Rejected("signature_missing", f"header {scheme.header} is missing or empty")
    signatures, stamp = _read_header(scheme, text)
    if scheme.timestamp is not None and scheme.timestamp.header is not None:
        stamp = delivery.header(scheme.timestamp.header)
    time = _read_timestamp(scheme.timestamp, stamp)
    message = _message(scheme, delivery, stamp or "")
    matched = _match(scheme, message, signatures, secrets)
    if matched is None:
        raise Rejected(
            "signature_mismatch",
            f"no signature in {scheme.header} matches this body under any configured secret",
        )
    if scheme.timestamp is not None and time is not None:
        _check_time(scheme.timestamp, time, now)
    return Verified(secret=matched, timestamp=time)


def sign_keyed(
    scheme: Keyed, *, method: str, url: str, headers: Headers, body: bytes, secret: str, now: float
) -> Headers:
    """Return the headers that a sender with `secret` adds to the request, signed at `now`."""
    stamp = ""
    added: Headers = ()
    if scheme.timestamp is not None:
        stamp = str(int(now * (1000 if scheme.timestamp.unit == "ms" else 1)))
        if scheme.timestamp.header is not None:
            added = ((scheme.timestamp.header, stamp),)
    draft = Delivery(method=method, url=url, headers=(*headers, *added), body=body, received_at=now)
    message = _message(scheme, draft, stamp)
    digest = hmac.digest(key_bytes(secret, scheme.key), message, scheme.algorithm)
    text = scheme.prefix + (digest.hex() if scheme.encoding == "hex" else b64encode(digest).decode())
    if scheme.field is not None:
        text = f"{scheme.field}={text}"
        if scheme.timestamp is not None and scheme.timestamp.field is not None:
            text = f"{scheme.timestamp.field}={stamp}{scheme.separator}{text}"
    return (*added, (scheme.header, text))


def _read_header(scheme: Keyed, text: str) -> tuple[list[bytes], str | None]:
    """Return the well-formed signatures of the header, and the text of its timestamp field."""
    if scheme.field is None:
        written, stamp = [text], None
    else:
        fields = [part.partition("=") for part in text.split(scheme.separator)]
        written = [value for name, _, value in fields if name == scheme.field]
        wanted = scheme.timestamp.field if scheme.timestamp is not None else None
        stamp = next((value for name, _, value in fields if name == wanted), None)
    size = _HASH[scheme.algorithm]().digest_size
    signatures = [
        digest
        for value in written
        if value.startswith(scheme.prefix)
        and (digest := digest_bytes(value[len(scheme.prefix) :], scheme.encoding)) is not None
        and len(digest) == size
    ]
    if not signatures:
        form = f"{scheme.field}=" if scheme.field else ""
        raise Rejected(
            "signature_malformed",
            f"header {scheme.header} holds no {scheme.algorithm} signature of the form "
            f"{form}{scheme.prefix}<{scheme.encoding}>",
        )
    return signatures, stamp


def _read_timestamp(timestamp: Timestamp | None, stamp: str | None) -> float | None:
    if timestamp is None:
        return None
    if stamp is None or stamp == "":
        raise Rejected("timestamp_missing", f"no timestamp in {timestamp.header or timestamp.field}")
    value = timestamp_value(stamp)
    if value is None:
        unit = "seconds" if timestamp.unit == "s" else "milliseconds"
        raise Rejected("timestamp_malformed", f"the timestamp is not a whole number of {unit}")
    return value / 1000 if timestamp.unit == "ms" else float(value)


def _message(scheme: Keyed, delivery: Delivery, stamp: str) -> bytes:
    values = {
        "{body}": delivery.body,
        "{timestamp}": stamp.encode("latin-1"),
        "{method}": delivery.method.encode("latin-1", "replace"),
        "{url}": delivery.url.encode("utf-8", "surrogatepass"),
    }
    return b"".join(values[part] if part in values else _literal(part, delivery) for part in scheme.parts)


def _literal(part: str, delivery: Delivery) -> bytes:
    if not part.startswith("{header:"):
        return part.encode()
    name = part[len("{header:") : -1]
    value = first_header(delivery.headers, name)
    if value is None:
        raise Rejected("signature_missing", f"header {name}, which is part of what is signed, is missing")
    return value.encode("latin-1", "replace")


def _match(scheme: Keyed, message: bytes, signatures: list[bytes], secrets: Sequence[str]) -> int | None:
    """Return the position of the first secret that made one of the signatures."""
    for position, secret in enumerate(secrets):
        expected = hmac.digest(key_bytes(secret, scheme.key), message, scheme.algorithm)
        # A list, not a generator: each signature is compared, however early one matches.
        if any([hmac.compare_digest(expected, given) for given in signatures]):  # noqa: C419
            return position
    return None


def _check_time(timestamp: Timestamp, time: float, now: float) -> None:
    off = now - time
    if off > timestamp.tolerance:
        raise Rejected("timestamp_stale", f"signed {off:.0f} s ago; {timestamp.tolerance:g} s are allowed")
    if -off > timestamp.tolerance:
        raise Rejected(
            "timestamp_future",
            f"signed {-off:.0f} s ahead of our clock; {timestamp.tolerance:g} s are allowed",
        )
