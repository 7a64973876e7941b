"""X.509 certificates; like `asymmetric`, imported only when one is met."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from webhooks.signatures.decoding import base64_bytes

HOSTILE = (
    ValueError,
    TypeError,
    InvalidSignature,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.ExtensionNotFound,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)
"""What reading a certificate raises that somebody made up; parts are read only when asked for."""


@lru_cache(maxsize=64)
def certificate(text: str | bytes) -> x509.Certificate | None:
    """Read a certificate in PEM, or in the base64 of its DER; None when it is neither."""
    data = text.encode() if isinstance(text, str) else text
    try:
        if b"-----BEGIN" in data:
            return x509.load_pem_x509_certificate(data)
        der = base64_bytes("".join(data.decode("ascii").split()))
        return x509.load_der_x509_certificate(der) if der is not None else None
    except HOSTILE:
        return None


def public_key_of(found: x509.Certificate) -> Any:
    """Return a certificate's public key; None when it is of a kind nobody here signs with."""
    try:
        return found.public_key()
    except HOSTILE:
        return None


def in_force(found: x509.Certificate, now: float) -> bool:
    """Say whether a certificate is valid at `now`, in seconds since the epoch (UTC)."""
    moment = datetime.fromtimestamp(now, UTC)
    try:
        return found.not_valid_before_utc <= moment <= found.not_valid_after_utc
    except HOSTILE:
        return False


def chained(chain: Sequence[x509.Certificate], root: x509.Certificate, now: float) -> bool:
    """Say whether each certificate, leaf first, is issued by the next and the last by `root`."""
    issuers = (*chain[1:], root)
    try:
        # From the root down: no key is used that somebody may have made, however slow it is.
        for issued, issuer in reversed(tuple(zip(chain, issuers, strict=True))):
            issued.verify_directly_issued_by(issuer)
        authorities = all(_is_authority(one) for one in issuers)
    except HOSTILE:
        return False
    return authorities and all(in_force(one, now) for one in (*chain, root))


def marked(found: x509.Certificate, object_id: str) -> bool:
    """Say whether a certificate has an extension of that id."""
    try:
        found.extensions.get_extension_for_oid(x509.ObjectIdentifier(object_id))
    except HOSTILE:
        return False
    return True


def _is_authority(found: x509.Certificate) -> bool:
    return found.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
