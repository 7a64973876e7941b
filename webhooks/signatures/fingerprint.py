"""Naming a secret without telling it."""

from __future__ import annotations

import hmac
import json

from webhooks.signatures.scheme import Secret

_PURPOSE = b"hookline-fingerprint"


def fingerprint(secret: Secret) -> str:
    """Return eight hex digits that name a secret: the same ones wherever it is configured.

    They are the start of an HMAC of a fixed text under the secret. That is 32 bits: of many guesses
    at a weak secret they rule most out, and confirm none. A table goes in by its sorted items.
    """
    key = secret if isinstance(secret, str) else json.dumps(sorted(secret.items()))
    return hmac.digest(key.encode("utf-8", "surrogatepass"), _PURPOSE, "sha256").hex()[:8]
