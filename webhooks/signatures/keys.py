"""What a configured secret means: the text itself, or an encoding of the key."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Literal

from webhooks.signatures.decoding import base64_bytes, hex_bytes
from webhooks.signatures.scheme import Secret, text_secret

KeyForm = Literal["text", "hex", "base64", "whsec", "nfkd", "inngest"]
"""`whsec` is base64 after an optional `whsec_`, its padding optional; `nfkd` is text, normalised;
`inngest` is text after `signkey-<environment>-`."""

_INNGEST = re.compile(r"signkey-\w+-")


def key_bytes(secret: Secret, form: KeyForm) -> bytes:
    """Turn a configured secret into the key.

    Raises:
        ValueError: the secret is empty, blank or not of that form; the text never quotes it.
    """
    text = text_secret(secret)
    if form == "text":
        return _utf8_bytes(text)
    key = _decoded(text, form)
    if not key:
        name = "base64 after whsec_" if form == "whsec" else form
        msg = f"this provider's secret is {name}, and the configured one is not valid {name}"
        raise ValueError(msg)
    return key


def _utf8_bytes(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        msg = "a secret must be text, and the configured one is not valid UTF-8"
        raise ValueError(msg) from None


@lru_cache(maxsize=256)
def _decoded(text: str, form: KeyForm) -> bytes | None:
    if form == "hex":
        return hex_bytes(text)
    if form == "base64":
        return base64_bytes(text)
    if form == "whsec":
        encoded = text.removeprefix("whsec_")
        return base64_bytes(encoded + "=" * (-len(encoded) % 4))
    if form == "nfkd":
        return _utf8_bytes(unicodedata.normalize("NFKD", text))
    return _utf8_bytes(_INNGEST.sub("", text, count=1))
