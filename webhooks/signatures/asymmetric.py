"""Public keys: the one module that imports `cryptography`, and is imported only when a key is met."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Literal

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from webhooks.signatures.decoding import base64_bytes, base64url_bytes, hex_bytes

SigningAlgorithm = Literal["ed25519", "p256_sha256", "p256_sha1", "p521_sha512", "rsa_sha1", "rsa_sha256"]
PublicKeyForm = Literal["ed25519_hex", "ed25519_base64", "whpk", "spki"]
"""`whpk` is base64 after an optional `whpk_`; `spki` is PEM, or the base64 of the DER."""

PublicKey = ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey | rsa.RSAPublicKey

_HASHES: Mapping[str, Any] = {
    "p256_sha256": hashes.SHA256,
    "p256_sha1": hashes.SHA1,
    "p521_sha512": hashes.SHA512,
    "rsa_sha1": hashes.SHA1,
    "rsa_sha256": hashes.SHA256,
}
_CURVES: Mapping[str, type[ec.EllipticCurve]] = {"p256": ec.SECP256R1, "p521": ec.SECP521R1}
_SMALLEST_RSA = 1024
"""Bits. Postal signs with DKIM keys, which are 1024 bits long in many installations."""


@lru_cache(maxsize=256)
def public_key(text: str, form: PublicKeyForm) -> PublicKey:
    """Read a public key; raise `ValueError` when it is none of that form."""
    if form == "spki":
        return _spki(text)
    encoded = text.removeprefix("whpk_") if form == "whpk" else text
    raw = hex_bytes(encoded) if form == "ed25519_hex" else base64_bytes(encoded)
    if raw is None or len(raw) != 32:  # noqa: PLR2004 - RFC 8032
        how = "hex" if form == "ed25519_hex" else "base64"
        msg = f"this provider's public key is 32 bytes as {how}, and the configured one is not"
        raise ValueError(msg)
    return ed25519.Ed25519PublicKey.from_public_bytes(raw)


def _spki(text: str) -> PublicKey:
    # Keys are often pasted as PEM without its line ends.
    inner = text.replace("-----BEGIN PUBLIC KEY-----", "").replace("-----END PUBLIC KEY-----", "")
    raw = base64_bytes("".join(inner.split()))
    msg = "this provider's public key is PEM or the base64 of its DER, and the configured one is neither"
    if raw is None:
        raise ValueError(msg)
    try:
        key = serialization.load_der_public_key(raw)
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError(msg) from None
    if not isinstance(key, ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey | rsa.RSAPublicKey):
        raise ValueError(msg)  # noqa: TRY004 - a fault of the configuration
    return key


def jwk_key(jwk: Any) -> ec.EllipticCurvePublicKey | None:
    """Return the elliptic-curve key of a JWK, or None when it is none or not on its curve."""
    if not isinstance(jwk, Mapping) or jwk.get("kty") != "EC":
        return None
    curves: Mapping[Any, ec.EllipticCurve] = {"P-256": ec.SECP256R1(), "P-521": ec.SECP521R1()}
    x, y = (base64url_bytes(value) if isinstance(value := jwk.get(name), str) else None for name in "xy")
    curve = curves.get(jwk.get("crv")) if isinstance(jwk.get("crv"), str) else None
    if x is None or y is None or curve is None:
        return None
    numbers = ec.EllipticCurvePublicNumbers(int.from_bytes(x), int.from_bytes(y), curve)
    try:
        return numbers.public_key()
    except ValueError:
        return None


def fits(key: Any, algorithm: SigningAlgorithm) -> bool:
    """Say whether a key is of the kind that the algorithm takes, so that no other is ever tried."""
    kind, _, _ = algorithm.partition("_")
    if kind == "ed25519":
        return isinstance(key, ed25519.Ed25519PublicKey)
    if kind == "rsa":
        return isinstance(key, rsa.RSAPublicKey) and key.key_size >= _SMALLEST_RSA
    return isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, _CURVES[kind])


def proves(key: Any, algorithm: SigningAlgorithm, signature: bytes, message: bytes) -> bool:
    """Say whether `signature` over `message` was made with the private half of `key`."""
    if not fits(key, algorithm):
        return False
    try:
        if algorithm == "ed25519":
            key.verify(signature, message)
        elif algorithm.startswith("rsa"):
            key.verify(signature, message, padding.PKCS1v15(), _HASHES[algorithm]())
        else:
            key.verify(signature, message, ec.ECDSA(_HASHES[algorithm]()))
    except (InvalidSignature, ValueError, UnsupportedAlgorithm):
        return False
    return True


def sign(private_pem: str, algorithm: SigningAlgorithm, message: bytes) -> bytes:
    """Sign with a private key in PEM; raise `ValueError` when it is none or of another kind."""
    try:
        key: Any = serialization.load_pem_private_key(private_pem.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        msg = "signing for this provider takes its private key as PEM without a password"
        raise ValueError(msg) from None
    if not fits(key.public_key(), algorithm):
        msg = f"this private key does not sign with {algorithm}"
        raise ValueError(msg)
    if algorithm == "ed25519":
        return bytes(key.sign(message))
    if algorithm.startswith("rsa"):
        return bytes(key.sign(message, padding.PKCS1v15(), _HASHES[algorithm]()))
    return bytes(key.sign(message, ec.ECDSA(_HASHES[algorithm]())))


def der_from_raw(signature: bytes, key: ec.EllipticCurvePublicKey) -> bytes | None:
    """Turn a JWS signature, two numbers side by side, into DER; None when it has another length."""
    size = math.ceil(key.curve.key_size / 8)
    if len(signature) != 2 * size:
        return None
    return encode_dss_signature(int.from_bytes(signature[:size]), int.from_bytes(signature[size:]))


def raw_from_der(signature: bytes, size: int) -> bytes:
    """Turn a DER signature into a JWS one with numbers of `size` bytes."""
    r, s = decode_dss_signature(signature)
    return r.to_bytes(size) + s.to_bytes(size)
