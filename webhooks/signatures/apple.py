"""App Store server notifications: a signature whose certificates lead to Apple's root.

https://developer.apple.com/documentation/appstoreservernotifications/responsebodyv2
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from webhooks.errors import Rejected
from webhooks.event import Delivery
from webhooks.places import parse_json
from webhooks.signatures.decoding import encode
from webhooks.signatures.fetching import untrusted
from webhooks.signatures.jws import Jws, read_jws, write_parts
from webhooks.signatures.lazy import asymmetric, certificates
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
)

_FIELDS = ("root_certificate", "bundle_id", "environment")
_OPTIONAL = ("app_apple_id",)
# The marks that Apple puts on the certificates which may sign receipts.
_LEAF_MARK = "1.2.840.113635.100.6.11.1"
_INTERMEDIATE_MARK = "1.2.840.113635.100.6.2.1"
_CHAIN = 3
_PARTS = ("data", "summary", "externalPurchaseToken", "appData")


@dataclass(frozen=True, slots=True, kw_only=True)
class AppStore(Scheme):
    """A secret is a table: Apple's root as PEM or base64, and the application that is meant.

    `{ root_certificate = "...", bundle_id = "...", environment = "Production", app_apple_id = "1" }`

    Signing takes the options `private_key` (PEM) and `chain` (three certificates, base64).
    """

    def check_secret(self, secret: Secret) -> None:
        """Raise `ValueError` when the table lacks a field, or its root is no certificate."""
        table = table_secret(secret, _FIELDS, optional=_OPTIONAL)
        if certificates().certificate(table["root_certificate"]) is None:
            msg = "root_certificate of a secret is no certificate in PEM or base64"
            raise ValueError(msg)
        if table["environment"] == "Production" and not table.get("app_apple_id"):
            msg = 'a secret with environment = "Production" needs app_apple_id'
            raise ValueError(msg)

    def verify(
        self, delivery: Delivery, secrets: Sequence[Secret], *, now: float, options: Options = NO_OPTIONS
    ) -> Verified:
        """Prove a notification for one of the applications, or raise `Rejected`."""
        del options
        document = parse_json(delivery.body)
        text = document.get("signedPayload") if isinstance(document, dict) else None
        if not isinstance(text, str) or text == "":
            raise Rejected("signature_missing", "the body has no signedPayload")
        token = read_jws(text, ("ES256",))
        chain = _chain(token.header.get("x5c"))
        refusal = untrusted("the certificates do not lead to the configured root")
        for position, secret in enumerate(secrets):
            self.check_secret(secret)
            table = table_secret(secret, _FIELDS, optional=_OPTIONAL)
            if not certificates().chained(chain, certificates().certificate(table["root_certificate"]), now):
                continue
            _check_signature(token, *chain)
            claims = token.claims()
            if _is_for(claims, table):
                return Verified(secret=position, timestamp=_signed_at(claims))
            refusal = mismatch("signedPayload", "a configured application")
        raise refusal

    def sign(
        self, delivery: Delivery, secret: Secret, *, now: float, options: Options = NO_OPTIONS
    ) -> Delivery:
        """Return the delivery with its JSON body as the payload of a signature made at `now`."""
        table = table_secret(secret, _FIELDS, optional=_OPTIONAL)
        app_id = table.get("app_apple_id", "0")
        data = {
            "bundleId": table["bundle_id"],
            "environment": table["environment"],
            "appAppleId": int(app_id),
        }
        claims = {**(parse_json(delivery.body) or {}), "data": data, "signedDate": int(now * 1000)}
        text = write_parts({"alg": "ES256", "x5c": options["chain"]}, claims)
        der = asymmetric().sign(options["private_key"], "p256_sha256", text.encode())
        signature = encode(asymmetric().raw_from_der(der, 32), "base64url")
        return with_body(delivery, json.dumps({"signedPayload": f"{text}.{signature}"}).encode())


def _chain(x5c: Any) -> list[Any]:
    """Return leaf and intermediate; the root that the token brings along proves nothing."""
    if not isinstance(x5c, list) or len(x5c) != _CHAIN or not all(isinstance(one, str) for one in x5c):
        raise malformed("x5c is not a chain of three certificates")
    chain = [certificates().certificate(text) for text in x5c[:2]]
    if None in chain:
        raise malformed("x5c holds what is no certificate")
    return chain


def _check_signature(token: Jws, leaf: Any, intermediate: Any) -> None:
    tools, shapes = asymmetric(), certificates()
    if not shapes.marked(leaf, _LEAF_MARK) or not shapes.marked(intermediate, _INTERMEDIATE_MARK):
        raise untrusted("the certificates are not those that Apple signs receipts with")
    key = shapes.public_key_of(leaf)
    if not tools.fits(key, "p256_sha256"):
        raise untrusted("the certificate's key is not one for ES256")
    signature = tools.der_from_raw(token.signature, key)
    if signature is None or not tools.proves(key, "p256_sha256", signature, token.signing_input):
        raise mismatch("signedPayload")


def _is_for(claims: Mapping[str, Any], table: Mapping[str, str]) -> bool:
    """Say whether a notification is for the application and environment of a secret."""
    if not isinstance(claims.get("notificationType"), str):
        raise malformed("signedPayload is no notification")
    part: Mapping[str, Any] = next(
        (claims[name] for name in _PARTS if isinstance(claims.get(name), dict)), {}
    )
    environment = part.get("environment")
    if environment is None and "externalPurchaseId" in part:
        sandbox = str(part["externalPurchaseId"]).startswith("SANDBOX")
        environment = "Sandbox" if sandbox else "Production"
    if part.get("bundleId") != table["bundle_id"] or environment != table["environment"]:
        return False
    return environment != "Production" or str(part.get("appAppleId")) == table.get("app_apple_id")


def _signed_at(claims: Mapping[str, Any]) -> float | None:
    value = claims.get("signedDate")
    return (
        value / 1000
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**15
        else None
    )
