"""How a provider signs, in a few words."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from webhooks.providers.preset import Provider
from webhooks.signatures.apple import AppStore
from webhooks.signatures.certificate import PayPal, Sns
from webhooks.signatures.choice import AnyOf, ByPrefix
from webhooks.signatures.envelope import Envelope
from webhooks.signatures.fetched_key import FetchedKey
from webhooks.signatures.jwt import Jwt
from webhooks.signatures.keyed import Keyed
from webhooks.signatures.odd.adyen import Adyen
from webhooks.signatures.odd.braintree import Braintree
from webhooks.signatures.odd.inflated import Inflated
from webhooks.signatures.odd.pusher import WithAppKey
from webhooks.signatures.odd.unisender import Unisender
from webhooks.signatures.odd.vonage_sms import VonageSms
from webhooks.signatures.public_key import PublicKey
from webhooks.signatures.scheme import Scheme
from webhooks.signatures.token import Token

Fetched = PayPal | Sns | FetchedKey
"""The families whose key or certificate is fetched from the provider: nobody else can sign for them."""

_KEYS: Mapping[str, str] = MappingProxyType(
    {
        "ed25519": "Ed25519",
        "p256_sha256": "ECDSA P-256",
        "p256_sha1": "ECDSA P-256, SHA-1",
        "p521_sha512": "ECDSA P-521",
        "rsa_sha1": "RSA, SHA-1",
        "rsa_sha256": "RSA",
    }
)
_ODD: Mapping[type, str] = MappingProxyType(
    {
        Adyen: "HMAC-SHA256 of each item's fields",
        Braintree: "HMAC-SHA1 of the payload",
        Unisender: "MD5 of body and key",
        VonageSms: "hash or HMAC of the fields, timed",
        AppStore: "JWS with certificates",
        PayPal: "RSA, fetched certificate, timed",
        Sns: "RSA, fetched certificate",
        FetchedKey: "ECDSA, fetched key",
    }
)


def manner(provider: Provider) -> str:
    """Return how a provider signs, in a few words: `HMAC-SHA256, timed`."""
    return _words(provider.scheme)


def _words(scheme: Scheme) -> str:
    if isinstance(scheme, AnyOf):
        return _words(scheme.schemes[0])
    if isinstance(scheme, ByPrefix):
        return f"{_words(scheme.shared)}, or {_words(scheme.public)}"
    if isinstance(scheme, Inflated | WithAppKey):
        return _words(scheme.scheme)
    return _plain_words(scheme)


def _plain_words(scheme: Scheme) -> str:
    """Return the words for a scheme that is not put together from others."""
    if isinstance(scheme, Keyed):
        return (
            f"{'hash with the key, ' if scheme.salted else 'HMAC-'}{scheme.algorithm.upper()}{_timed(scheme)}"
        )
    if isinstance(scheme, PublicKey):
        return f"{_KEYS[scheme.algorithm]} public key{_timed(scheme)}"
    if isinstance(scheme, Token):
        return "plain token"
    if isinstance(scheme, Jwt):
        return f"JWT, {' or '.join(scheme.algorithms)}"
    return next((words for kind, words in _ODD.items() if isinstance(scheme, kind)), "a way of its own")


def _timed(scheme: Envelope) -> str:
    return ", timed" if scheme.timestamp is not None else ""
