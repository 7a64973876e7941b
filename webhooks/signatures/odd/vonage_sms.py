"""Vonage's SMS API: a signature among the fields that it signs.

https://developer.vonage.com/en/getting-started/concepts/signing-messages
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from webhooks.errors import Rejected
from webhooks.event import Delivery
from webhooks.forms import form_fields, query_fields
from webhooks.places import as_text, parse_json
from webhooks.signatures.decoding import hex_bytes, whole_number
from webhooks.signatures.scheme import (
    NO_OPTIONS,
    Options,
    Scheme,
    Secret,
    Verified,
    malformed,
    mismatch,
    table_secret,
    with_body,
    with_headers,
)
from webhooks.signatures.timestamps import check_age

METHODS = ("md5", "sha1", "sha256", "sha512")

_FIELDS = ("method", "secret")
_PAST = 2 * 86400.0
"""Seconds. Vonage tries again for a day, and its documents name no limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VonageSms(Scheme):
    """A secret is `{ method = "sha256", secret = "..." }`, the method as set at Vonage."""

    def check_secret(self, secret: Secret) -> None:
        """Raise `ValueError` when the secret is not a table with a known method."""
        if table_secret(secret, _FIELDS)["method"] not in METHODS:
            msg = f"the method of a secret must be one of {', '.join(METHODS)}"
            raise ValueError(msg)

    def verify(
        self, delivery: Delivery, secrets: Sequence[Secret], *, now: float, options: Options = NO_OPTIONS
    ) -> Verified:
        """Prove a delivery, or raise `Rejected`."""
        del options
        params = _params(delivery)
        text = params.pop("sig", "")
        if not text:
            raise Rejected("signature_missing", "there is no field sig")
        given = hex_bytes(text)
        if given is None:
            raise malformed("the field sig is not hex")
        stamp = whole_number(params.get("timestamp", ""))
        if stamp is None:
            raise Rejected("timestamp_missing", "there is no field timestamp in whole seconds")
        message = signed_text(params)
        for position, secret in enumerate(secrets):
            self.check_secret(secret)
            keys = table_secret(secret, _FIELDS)
            if hmac.compare_digest(hmac.digest(keys["secret"].encode(), message, keys["method"]), given):
                check_age(stamp, now, past=_PAST, future=300)
                return Verified(secret=position, timestamp=float(stamp))
        raise mismatch("the field sig", "these fields")

    def sign(
        self, delivery: Delivery, secret: Secret, *, now: float, options: Options = NO_OPTIONS
    ) -> Delivery:
        """Return the delivery with `timestamp` and `sig` added to its form."""
        del options
        self.check_secret(secret)
        keys = table_secret(secret, _FIELDS)
        params = {**_params(delivery), "timestamp": str(int(now))}
        params.pop("sig", None)
        digest = hmac.digest(keys["secret"].encode(), signed_text(params), keys["method"])
        body = urlencode({**params, "sig": digest.hex()}).encode()
        return with_headers(with_body(delivery, body), ("Content-Type", "application/x-www-form-urlencoded"))


def signed_text(params: Mapping[str, str]) -> bytes:
    """Return what Vonage signs: the sorted fields, the characters between them taken out of the values."""
    pairs = ((name, value.replace("&", "_").replace("=", "_")) for name, value in sorted(params.items()))
    return "".join(f"&{name}={value}" for name, value in pairs).encode("utf-8", "surrogatepass")


def _params(delivery: Delivery) -> dict[str, str]:
    """Return the fields of the form, of a flat JSON body, or, without a body, of the query."""
    if not delivery.body:
        fields = query_fields(delivery)
    elif (fields := form_fields(delivery)) is None:
        fields = _json_fields(delivery.body)
    if fields is None:
        raise malformed("the request has no readable fields")
    if len(dict(fields)) < len(fields):
        raise malformed("a field comes twice, and could be read in two ways")
    return dict(fields)


def _json_fields(body: bytes) -> list[tuple[str, str]] | None:
    document = parse_json(body)
    if not isinstance(document, dict):
        return None
    fields = [(name, "" if value == "" else as_text(value)) for name, value in document.items()]
    return (
        [(name, value) for name, value in fields if value is not None]
        if all(value is not None for _, value in fields)
        else None
    )
