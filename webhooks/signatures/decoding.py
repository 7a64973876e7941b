"""Strict readers: what Python's own decoders let pass is junk here.

`int()` takes `1_0`, ` 10` and Arabic digits, `bytes.fromhex` takes blanks, `b64decode` skips what
it does not know and ignores what follows the padding.
"""

from __future__ import annotations

import binascii
import re

from webhooks.signatures.scheme import Encoding, KeyForm

_HEX = re.compile(r"(?:[0-9a-fA-F]{2})+")
_DIGITS = re.compile(r"[0-9]{1,15}")


def digest_bytes(text: str, encoding: Encoding) -> bytes | None:
    """Decode a signature, or return None when `text` is not exactly that encoding."""
    return _hex_bytes(text) if encoding == "hex" else _base64_bytes(text)


def timestamp_value(text: str) -> int | None:
    """Read a whole, unsigned number of at most 15 ASCII digits, or return None."""
    return int(text) if _DIGITS.fullmatch(text) else None


def key_bytes(secret: str, form: KeyForm) -> bytes:
    """Turn a configured secret into the key.

    Raises:
        ValueError: the secret is empty, blank or not of that form; the text never quotes it.
    """
    if not secret.strip():
        msg = "a secret must not be empty"
        raise ValueError(msg)
    if form == "text":
        return _utf8_bytes(secret)
    key = _hex_bytes(secret) if form == "hex" else _base64_bytes(secret)
    if key is None:
        msg = f"this provider's secret is {form}, and the configured one is not valid {form}"
        raise ValueError(msg)
    return key


def _utf8_bytes(secret: str) -> bytes:
    try:
        return secret.encode()
    except UnicodeEncodeError:
        msg = "a secret must be text, and the configured one is not valid UTF-8"
        raise ValueError(msg) from None


def _hex_bytes(text: str) -> bytes | None:
    return bytes.fromhex(text) if _HEX.fullmatch(text) else None


def _base64_bytes(text: str) -> bytes | None:
    try:
        decoded = binascii.a2b_base64(text.encode("ascii"), strict_mode=True)
    except ValueError:
        return None
    # Unused low bits of the last character give several spellings of one digest: accept one.
    canonical = binascii.b2a_base64(decoded, newline=False).decode()
    return decoded if decoded and canonical == text else None
