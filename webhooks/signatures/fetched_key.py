"""Senders whose public key is asked for by its id: eBay, Plaid and TrueLayer.

https://developer.ebay.com/api-docs/commerce/notification/overview.html
https://plaid.com/docs/api/webhooks/webhook-verification/
https://docs.truelayer.com/docs/webhooks
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from webhooks.event import Delivery
from webhooks.places import parse_json
from webhooks.signatures.claims import BodyHash
from webhooks.signatures.decoding import base64_bytes, encode
from webhooks.signatures.fetching import allowed_url, fetched, key_by_id, untrusted
from webhooks.signatures.jws import Jws, read_jws, strict_object, write_parts
from webhooks.signatures.jwt import check_times
from webhooks.signatures.lazy import asymmetric
from webhooks.signatures.scheme import (
    NO_OPTIONS,
    Options,
    Scheme,
    Secret,
    Verified,
    malformed,
    mismatch,
    required_header,
    text_secret,
    with_headers,
)
from webhooks.signatures.template import wire_bytes
from webhooks.signatures.timestamps import Timestamp

_PLAID_AGE = 300.0
_PLAID_BODY = BodyHash(claim="request_body_sha256", encoding="hex")
_TRUELAYER_HOSTS = ("webhooks.truelayer.com",)
# Nothing in a delivery names the receiver's account, and anybody may have one in the sandbox.
_TRUELAYER_SANDBOX = ("webhooks.truelayer-sandbox.com",)
_TRUELAYER_PATH = re.compile(r"/\.well-known/jwks")
# TrueLayer tries again for three days and documents no limit.
_TRUELAYER_TIME = Timestamp(header="X-Tl-Webhook-Timestamp", unit="rfc3339", tolerance=4 * 86400, future=300)


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedKey(Scheme):
    """What the three have in common: no secret is configured, the key's owner is the provider.

    Signing takes a private key in PEM as its secret.
    """

    @property
    def needs_secret(self) -> bool:
        """Say that a source configures no secret."""
        return False

    def check_secret(self, secret: Secret) -> None:
        """Raise `ValueError` when a secret is given all the same and is empty."""
        text_secret(secret)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ebay(FetchedKey):
    """ECDSA with SHA-1 over the body; key and signature are named in one header."""

    def verify(
        self, delivery: Delivery, secrets: Sequence[Secret], *, now: float, options: Options = NO_OPTIONS
    ) -> Verified:
        """Prove a delivery, or raise `Rejected`."""
        del now, secrets
        raw = base64_bytes(required_header(delivery, "x-ebay-signature"))
        if raw is None:
            raise malformed("header x-ebay-signature is not base64")
        fields = strict_object(raw, "header x-ebay-signature")
        signature = base64_bytes(fields["signature"]) if isinstance(fields.get("signature"), str) else None
        if signature is None or fields.get("alg") not in ("ecdsa", "ECDSA") or fields.get("digest") != "SHA1":
            raise malformed("header x-ebay-signature is not an ECDSA signature with SHA1")
        found = key_by_id(fields.get("kid"), options)
        text = found.get("key") if isinstance(found, Mapping) else found
        try:
            key = asymmetric().public_key(text, "spki")
        except (ValueError, AttributeError, TypeError):
            raise untrusted("the provider's answer is no public key") from None
        if not asymmetric().proves(key, "p256_sha1", signature, delivery.body):
            raise mismatch("header x-ebay-signature", "this body")
        return Verified(secret=0)

    def sign(
        self, delivery: Delivery, secret: Secret, *, now: float, options: Options = NO_OPTIONS
    ) -> Delivery:
        """Return the delivery as signed with a private key; the option `key_id` names it."""
        del now
        signature = asymmetric().sign(text_secret(secret), "p256_sha1", delivery.body)
        fields = {
            "alg": "ecdsa",
            "kid": options["key_id"],
            "signature": encode(signature, "base64"),
            "digest": "SHA1",
        }
        header = encode(json.dumps(fields, separators=(",", ":")).encode(), "base64")
        return with_headers(delivery, ("x-ebay-signature", header))


@dataclass(frozen=True, slots=True, kw_only=True)
class Plaid(FetchedKey):
    """A JSON Web Token with ES256 over the hash of the body, five minutes old at most."""

    def verify(
        self, delivery: Delivery, secrets: Sequence[Secret], *, now: float, options: Options = NO_OPTIONS
    ) -> Verified:
        """Prove a delivery, or raise `Rejected`."""
        del secrets
        token = read_jws(required_header(delivery, "Plaid-Verification"), ("ES256",))
        found = key_by_id(token.header.get("kid"), options)
        jwk = found.get("key", found) if isinstance(found, Mapping) else None
        if isinstance(jwk, Mapping) and jwk.get("expired_at") is not None:
            raise untrusted("the key that the token names has expired")
        _check_token(token, jwk, "p256_sha256")
        claims = token.claims()
        if claims.get("iat") is None:
            raise malformed("the token has no claim iat")
        time = check_times(claims, now, leeway=0, max_age=_PLAID_AGE)
        _PLAID_BODY.check(claims, delivery)
        return Verified(secret=0, timestamp=time)

    def sign(
        self, delivery: Delivery, secret: Secret, *, now: float, options: Options = NO_OPTIONS
    ) -> Delivery:
        """Return the delivery as signed with a private key; the option `key_id` names it."""
        header = {"alg": "ES256", "kid": options["key_id"], "typ": "JWT"}
        body = hashlib.sha256(delivery.body).hexdigest()
        text = write_parts(header, {"iat": int(now), "request_body_sha256": body})
        der = asymmetric().sign(text_secret(secret), "p256_sha256", text.encode())
        signature = encode(asymmetric().raw_from_der(der, 32), "base64url")
        return with_headers(delivery, ("Plaid-Verification", f"{text}.{signature}"))


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueLayer(FetchedKey):
    """A detached ES512 signature over method, path, named headers and body; its key set is at a URL.

    The sandbox's keys are taken only with the option `sandbox`.
    """

    def verify(
        self, delivery: Delivery, secrets: Sequence[Secret], *, now: float, options: Options = NO_OPTIONS
    ) -> Verified:
        """Prove a delivery, or raise `Rejected`."""
        del secrets
        text = required_header(delivery, "Tl-Signature")
        header = read_jws(text, ("ES512",), detached=b"").header
        if header.get("tl_version") != "2":
            raise malformed("tl_version must be 2")
        names = header.get("tl_headers", "")
        if not isinstance(names, str):
            raise malformed("tl_headers is no text")
        token = read_jws(text, ("ES512",), detached=truelayer_text(delivery, names))
        sandbox = _TRUELAYER_SANDBOX if options.get("sandbox") is True else ()
        hosts = (*_TRUELAYER_HOSTS, *sandbox)
        url = allowed_url(header.get("jku"), host=hosts.__contains__, path=_TRUELAYER_PATH)
        _check_token(token, _from_set(fetched(url, options), header.get("kid")), "p521_sha512")
        if "x-tl-webhook-timestamp" not in names.lower().split(","):
            raise malformed("X-Tl-Webhook-Timestamp is not among the signed headers")
        time = _TRUELAYER_TIME.seconds(_TRUELAYER_TIME.text(delivery, None))
        _TRUELAYER_TIME.check(time, now)
        return Verified(secret=0, timestamp=time)

    def sign(
        self, delivery: Delivery, secret: Secret, *, now: float, options: Options = NO_OPTIONS
    ) -> Delivery:
        """Return the delivery as signed with a private key; the options `key_id` and `jku` name it."""
        delivery = _TRUELAYER_TIME.put(delivery, _TRUELAYER_TIME.write(now))
        header = {"alg": "ES512", "kid": options["key_id"], "tl_version": "2"}
        header |= {"tl_headers": "X-Tl-Webhook-Timestamp", "jku": options["jku"]}
        first = encode(json.dumps(header, separators=(",", ":")).encode(), "base64url")
        payload = truelayer_text(delivery, header["tl_headers"])
        der = asymmetric().sign(
            text_secret(secret), "p521_sha512", f"{first}.{encode(payload, 'base64url')}".encode()
        )
        signature = encode(asymmetric().raw_from_der(der, 66), "base64url")
        return with_headers(delivery, ("Tl-Signature", f"{first}..{signature}"))


def truelayer_text(delivery: Delivery, names: str) -> bytes:
    """Return what TrueLayer signs.

    Raises:
        Rejected: a header that it names is missing, or named twice: the text would be many times the request.
    """
    named = [name for name in names.split(",") if name]
    if len({name.lower() for name in named}) < len(named):
        raise malformed("tl_headers names a header twice")
    try:
        path = urlsplit(delivery.url).path
    except ValueError:
        raise malformed("the URL is not one") from None
    lines = [f"{delivery.method} {path}\n"]
    lines += [f"{name}: {required_header(delivery, name)}\n" for name in named]
    return b"".join(wire_bytes(line) for line in lines) + delivery.body


def _from_set(document: bytes, key_id: Any) -> Any:
    listed = parse_json(document)
    keys = listed.get("keys") if isinstance(listed, dict) else None
    same = (
        [key for key in keys if isinstance(key, dict) and key.get("kid") == key_id]
        if isinstance(keys, list)
        else []
    )
    return same[0] if same and isinstance(key_id, str) else None


def _check_token(token: Jws, jwk: Any, algorithm: str) -> None:
    tools = asymmetric()
    key = tools.jwk_key(jwk)
    if key is None or not tools.fits(key, algorithm):
        raise untrusted("the key that the token names is unknown, or of another kind")
    signature = tools.der_from_raw(token.signature, key)
    if signature is None:
        raise malformed("the token's signature has another length")
    if not tools.proves(key, algorithm, signature, token.signing_input):
        raise mismatch("the token")
