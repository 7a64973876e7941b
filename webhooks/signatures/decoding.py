"""Strict readers: what Python's own decoders let pass is junk here.

`int()` takes `1_0`, ` 10` and Arabic digits, `bytes.fromhex` takes blanks, `b64decode` skips what
it does not know and ignores what follows the padding.
"""

from __future__ import annotations

import binascii
import re
from typing import Literal

Encoding = Literal["hex", "hex_upper", "base64", "base64url"]
"""How bytes are written: `hex` is lower case only, `base64url` has no padding."""

_ANY_CASE = re.compile(r"(?:[0-9a-fA-F]{2})+")
_MOST_DIGITS = 15


def decode(text: str, encoding: Encoding) -> bytes | None:
    """Decode a signature, or return None when `text` is not exactly that encoding.

    Each value has one accepted spelling, so that no two texts carry the same signature.
    """
    if encoding == "base64":
        return base64_bytes(text)
    if encoding == "base64url":
        return base64url_bytes(text)
    try:
        decoded = bytes.fromhex(text)
    except ValueError:
        return None
    # `fromhex` takes blanks and either case: only what it would write itself is taken here.
    return decoded if decoded and encode(decoded, encoding) == text else None


def encode(data: bytes, encoding: Encoding) -> str:
    """Write bytes the one way in which `decode` reads them."""
    if encoding == "hex":
        return data.hex()
    if encoding == "hex_upper":
        return data.hex().upper()
    text = binascii.b2a_base64(data, newline=False).decode()
    return text if encoding == "base64" else text.rstrip("=").replace("+", "-").replace("/", "_")


def hex_bytes(text: str) -> bytes | None:
    """Decode hex of either case, as people paste keys; None when it is anything else or empty."""
    return bytes.fromhex(text) if _ANY_CASE.fullmatch(text) else None


def base64_bytes(text: str) -> bytes | None:
    """Decode canonical, padded, standard base64; None when it is anything else or empty."""
    try:
        decoded = binascii.a2b_base64(text.encode("ascii"), strict_mode=True)
    except ValueError:
        return None
    # Unused low bits of the last character give several spellings of one digest: accept one.
    return decoded if decoded and encode(decoded, "base64") == text else None


def base64url_bytes(text: str) -> bytes | None:
    """Decode canonical, unpadded, URL-safe base64; None when it is anything else or empty."""
    if "+" in text or "/" in text or "=" in text:
        return None
    return base64_bytes(text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4))


def whole_number(text: str) -> int | None:
    """Read a whole, unsigned number of at most 15 ASCII digits, or return None."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else None
