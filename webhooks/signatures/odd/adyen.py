"""Adyen's standard notifications: each item of the batch carries its own signature.

https://docs.adyen.com/development-resources/webhooks/verify-hmac-signatures/
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from webhooks.errors import Rejected
from webhooks.event import Delivery
from webhooks.places import as_text, parse_json, pointed
from webhooks.signatures.decoding import decode, encode
from webhooks.signatures.keys import key_bytes
from webhooks.signatures.scheme import (
    NO_OPTIONS,
    Options,
    Scheme,
    Secret,
    Verified,
    malformed,
    mismatch,
    with_body,
)

_SIGNED = (
    "/pspReference",
    "/originalReference",
    "/merchantAccountCode",
    "/merchantReference",
    "/amount/value",
    "/amount/currency",
    "/eventCode",
    "/success",
)
_WHERE = "additionalData.hmacSignature"


@dataclass(frozen=True, slots=True, kw_only=True)
class Adyen(Scheme):
    """Every item must be signed; all of them with the same secret."""

    def check_secret(self, secret: Secret) -> None:
        """Raise `ValueError` when the secret is not the hex of a key."""
        key_bytes(secret, "hex")

    def verify(
        self, delivery: Delivery, secrets: Sequence[Secret], *, now: float, options: Options = NO_OPTIONS
    ) -> Verified:
        """Prove every item of a delivery, or raise `Rejected`."""
        del now, options
        signed = [(signed_text(item), _signature(item)) for item in _items(parse_json(delivery.body))]
        for position, secret in enumerate(secrets):
            key = key_bytes(secret, "hex")
            if all(hmac.compare_digest(hmac.digest(key, text, "sha256"), given) for text, given in signed):
                return Verified(secret=position)
        raise mismatch(_WHERE, "its item")

    def sign(
        self, delivery: Delivery, secret: Secret, *, now: float, options: Options = NO_OPTIONS
    ) -> Delivery:
        """Return the delivery with every item signed; `ValueError` when the body has none."""
        del now, options
        key = key_bytes(secret, "hex")
        document = parse_json(delivery.body)
        try:
            for item in _items(document):
                signature = encode(hmac.digest(key, signed_text(item), "sha256"), "base64")
                item["additionalData"] = {**(item.get("additionalData") or {}), "hmacSignature": signature}
        except Rejected as error:
            raise ValueError(error.message) from None
        return with_body(delivery, json.dumps(document, separators=(",", ":")).encode())


def signed_text(item: dict[str, Any]) -> bytes:
    """Return what Adyen signs of one item: eight fields, joined without any escaping."""
    return ":".join(_field(pointed(item, pointer)) for pointer in _SIGNED).encode("utf-8", "surrogatepass")


def _items(document: Any) -> list[dict[str, Any]]:
    listed = document.get("notificationItems") if isinstance(document, dict) else None
    if not isinstance(listed, list) or not listed:
        raise malformed("the body has no notificationItems")
    items = [entry.get("NotificationRequestItem") if isinstance(entry, dict) else None for entry in listed]
    if not all(isinstance(item, dict) for item in items):
        raise malformed("an entry of notificationItems has no NotificationRequestItem")
    return [item for item in items if item is not None]


def _signature(item: dict[str, Any]) -> bytes:
    text = pointed(item, "/additionalData/hmacSignature")
    if text is None or text == "":
        raise Rejected("signature_missing", f"an item has no {_WHERE}")
    signature = decode(text, "base64") if isinstance(text, str) else None
    if signature is None or len(signature) != 32:  # noqa: PLR2004 - SHA-256
        raise malformed(f"{_WHERE} is not the base64 of a SHA-256 digest")
    return signature


def _field(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list | float):
        raise malformed("a signed field of an item is neither text nor a whole number")
    return as_text(value) or ""
