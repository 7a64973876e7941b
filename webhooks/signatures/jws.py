"""Reading a JSON Web Signature (RFC 7515, compact) strictly.

An own reader and no library: the clock is handed in, the algorithm is the preset's and never the
token's, and each of the three parts has one accepted spelling.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from webhooks.signatures.decoding import base64url_bytes, encode
from webhooks.signatures.scheme import malformed

_HASHES = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}
_PARTS = 3
_LONGEST = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Jws:
    """A signature taken apart, not yet judged.

    Attributes:
        header: the protected header.
        payload: the bytes of the payload.
        signing_input: what is signed.
        signature: the bytes of the signature.
    """

    header: Mapping[str, Any]
    payload: bytes
    signing_input: bytes
    signature: bytes

    @property
    def algorithm(self) -> str:
        """The algorithm, one of those that the reader was told to allow."""
        return str(self.header["alg"])

    def claims(self) -> Mapping[str, Any]:
        """Return the payload as an object, or raise `Rejected`."""
        return strict_object(self.payload, "the payload of the token")

    def made_with(self, key: bytes) -> bool:
        """Say whether the signature is the HMAC under `key`."""
        return hmac.compare_digest(
            hmac.digest(key, self.signing_input, _HASHES[self.algorithm]), self.signature
        )


def read_jws(token: str, algorithms: Sequence[str], *, detached: bytes | None = None) -> Jws:
    """Take a token apart; raise `Rejected` when it is malformed or its algorithm is another.

    Args:
        token: the compact form.
        algorithms: those that the preset allows; `none` is never among them.
        detached: the payload, when the token carries none (RFC 7515, appendix F).
    """
    parts = token.split(".") if len(token) <= _LONGEST else []
    if len(parts) != _PARTS or (detached is not None and parts[1]):
        raise malformed("the token is not three parts between dots")
    header_bytes, signature = base64url_bytes(parts[0]), base64url_bytes(parts[2])
    payload = detached if detached is not None else base64url_bytes(parts[1])
    if header_bytes is None or signature is None or payload is None:
        raise malformed("a part of the token is not base64url without padding")
    header = strict_object(header_bytes, "the header of the token")
    if header.get("alg") not in algorithms:
        raise malformed(f"the token's algorithm is none of {', '.join(algorithms)}")
    if "crit" in header:
        raise malformed("the token demands extensions that this provider does not have")
    middle = parts[1] if detached is None else encode(detached, "base64url") if detached else ""
    signing_input = f"{parts[0]}.{middle}".encode("ascii")
    return Jws(header=header, payload=payload, signing_input=signing_input, signature=signature)


def strict_object(data: bytes, what: str) -> Mapping[str, Any]:
    """Parse a JSON object in which no name comes twice, or raise `Rejected`."""
    try:
        document = json.loads(data.decode(), object_pairs_hook=_no_doubles)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise malformed(f"{what} is not a JSON object")
    return document


def write_hs(claims: Mapping[str, Any], key: bytes, algorithm: str) -> str:
    """Return a token over `claims`, signed with an HMAC."""
    signing_input = write_parts({"alg": algorithm, "typ": "JWT"}, claims)
    digest = hmac.digest(key, signing_input.encode(), _HASHES[algorithm])
    return f"{signing_input}.{encode(digest, 'base64url')}"


def write_parts(header: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
    """Return the first two parts of a token."""
    texts = (json.dumps(part, separators=(",", ":")).encode() for part in (header, claims))
    return ".".join(encode(text, "base64url") for text in texts)


def _no_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) < len(pairs):
        msg = "a name comes twice"
        raise ValueError(msg)
    return document
