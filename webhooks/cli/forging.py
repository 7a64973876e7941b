"""Signatures by keys that nobody trusts, for providers whose own key we cannot have."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from webhooks.event import Delivery
from webhooks.providers.preset import Provider
from webhooks.signatures import Secret, sign
from webhooks.signatures.public_key import PublicKey

_PAYPAL = "/v1/notifications/certs/CERT-hookline-sample"
_SNS = "/SimpleNotificationService-hookline-sample.pem"

_KINDS: Mapping[str, tuple[str, Mapping[str, str]]] = MappingProxyType(
    {
        "paypal": ("rsa", {"cert_url": f"https://api.paypal.com{_PAYPAL}"}),
        "aws_sns": ("rsa", {"cert_url": f"https://sns.us-east-1.amazonaws.com{_SNS}"}),
        "ebay": ("p256", {"key_id": "hookline-sample"}),
        "plaid": ("p256", {"key_id": "hookline-sample"}),
        "truelayer": (
            "p521",
            {"key_id": "hookline-sample", "jku": "https://webhooks.truelayer.com/.well-known/jwks"},
        ),
    }
)
"""The key and the options with which a request of each is forged."""

_HOSTILE: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "paypal": {"cert_url": f"https://api.paypal.com.example.com{_PAYPAL}"},
        "aws_sns": {"cert_url": f"https://sns.us-east-1.amazonaws.com.example.com{_SNS}"},
        "truelayer": {"jku": "https://webhooks.truelayer.com.example.com/.well-known/jwks"},
    }
)
"""Addresses of keys that look like the provider's and are not."""


def can_be_hostile(provider: Provider) -> bool:
    """Say whether a request of this provider names the address of its key."""
    return provider.name in _HOSTILE


def forged(
    provider: Provider, draft: Delivery, secret: Secret | None, *, now: float, hostile: bool = False
) -> Delivery | None:
    """Return a draft as signed with a made-up key; None where that cannot be written.

    Args:
        provider: who would sign.
        draft: the request.
        secret: what the source configures.
        now: seconds since the epoch (UTC).
        hostile: whether it names an address that is not the provider's.
    """
    scheme = provider.scheme
    if isinstance(scheme, PublicKey):
        return sign(provider, draft, _pem(scheme.algorithm.partition("_")[0]), now=now)
    if provider.name not in _KINDS:
        return None
    kind, options = _KINDS[provider.name]
    pem = _pem(kind)
    more = _HOSTILE.get(provider.name, {}) if hostile else {}
    signing = secret if provider.scheme.needs_secret and secret is not None else pem
    return sign(provider, draft, signing, now=now, options={**options, **more, "private_key": pem})


@cache
def _pem(kind: str) -> str:
    key: Any
    if kind == "ed25519":
        key = ed25519.Ed25519PrivateKey.generate()
    elif kind == "rsa":
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    else:
        key = ec.generate_private_key(ec.SECP256R1() if kind == "p256" else ec.SECP521R1())
    encoding, layout = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return str(key.private_bytes(encoding, layout, serialization.NoEncryption()).decode())
