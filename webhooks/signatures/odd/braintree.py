"""Braintree: pairs of a public key and a signature in a form, over a payload in the same form.

https://developer.paypal.com/braintree/docs/guides/webhooks/parse
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from webhooks.errors import Rejected
from webhooks.event import Delivery
from webhooks.forms import field, form_fields
from webhooks.signatures.decoding import decode
from webhooks.signatures.scheme import (
    NO_OPTIONS,
    Options,
    Scheme,
    Secret,
    Verified,
    any_equal,
    malformed,
    mismatch,
    table_secret,
    with_body,
    with_headers,
)

_FIELDS = ("public_key", "private_key")
_PAYLOAD = re.compile(r"[A-Za-z0-9+=/\n]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Braintree(Scheme):
    """A secret is `{ public_key = "...", private_key = "..." }`."""

    def check_secret(self, secret: Secret) -> None:
        """Raise `ValueError` when the secret is not a table of both keys."""
        table_secret(secret, _FIELDS)

    def verify(
        self, delivery: Delivery, secrets: Sequence[Secret], *, now: float, options: Options = NO_OPTIONS
    ) -> Verified:
        """Prove a delivery, or raise `Rejected`."""
        del now, options
        fields = form_fields(delivery)
        pairs, payload = field(fields, "bt_signature"), field(fields, "bt_payload")
        if not pairs or not payload:
            raise Rejected("signature_missing", "the form has no bt_signature and bt_payload")
        if not _PAYLOAD.fullmatch(payload):
            raise malformed("bt_payload is not line-wrapped base64")
        given = [tuple(pair.split("|")) for pair in pairs.split("&") if pair.count("|") == 1]
        for position, secret in enumerate(secrets):
            keys = table_secret(secret, _FIELDS)
            signatures = [
                digest for key, text in given if key == keys["public_key"] and (digest := decode(text, "hex"))
            ]
            # A proxy may drop the payload's last line end; Braintree's SDK tries it both ways.
            expected = [challenge_digest(keys["private_key"], text) for text in (payload, payload + "\n")]
            if any_equal(expected, signatures):
                return Verified(secret=position)
        raise mismatch("bt_signature", "bt_payload")

    def sign(
        self, delivery: Delivery, secret: Secret, *, now: float, options: Options = NO_OPTIONS
    ) -> Delivery:
        """Return the delivery with `bt_signature` added to its form; `ValueError` when it has no payload."""
        del now, options
        keys = table_secret(secret, _FIELDS)
        payload = field(form_fields(delivery), "bt_payload")
        if not payload:
            msg = "the sample's body has no bt_payload"
            raise ValueError(msg)
        signature = f"{keys['public_key']}|{challenge_digest(keys['private_key'], payload).hex()}"
        body = urlencode({"bt_signature": signature, "bt_payload": payload}).encode()
        return with_headers(with_body(delivery, body), ("Content-Type", "application/x-www-form-urlencoded"))


def challenge_digest(private_key: str, text: str) -> bytes:
    """Return Braintree's HMAC over a text: its key is the SHA-1 of the private key."""
    key = hashlib.sha1(private_key.encode(), usedforsecurity=False).digest()
    return hmac.digest(key, text.encode("utf-8", "surrogatepass"), "sha1")
