"""Unisender Go: a plain MD5 of the body in which the API key stands where the hash is sent.

https://godocs.unisender.ru/web-api-ref#callback-format
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from webhooks.errors import Rejected
from webhooks.event import Delivery
from webhooks.places import parse_json
from webhooks.signatures.placing import put
from webhooks.signatures.scheme import (
    NO_OPTIONS,
    Options,
    Scheme,
    Secret,
    Verified,
    malformed,
    mismatch,
    text_secret,
    with_body,
)

_HASH = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unisender(Scheme):
    """The secret is the API key."""

    def check_secret(self, secret: Secret) -> None:
        """Raise `ValueError` when the API key is empty."""
        text_secret(secret)

    def verify(
        self, delivery: Delivery, secrets: Sequence[Secret], *, now: float, options: Options = NO_OPTIONS
    ) -> Verified:
        """Prove a delivery, or raise `Rejected`."""
        del now, options
        document = parse_json(delivery.body)
        given = document.get("auth") if isinstance(document, dict) else None
        if given is None or given == "":
            raise Rejected("signature_missing", "the body has no auth")
        if not isinstance(given, str) or not _HASH.fullmatch(given):
            raise malformed("auth is not the hex of an MD5")
        # Where the hash stands twice, nothing says which of them was the key.
        if delivery.body.count(given.encode()) != 1:
            raise malformed("the value of auth stands more than once in the body")
        for position, secret in enumerate(secrets):
            if hmac.compare_digest(_digest(delivery.body, given, secret), given):
                return Verified(secret=position)
        raise mismatch("auth", "this body")

    def sign(
        self, delivery: Delivery, secret: Secret, *, now: float, options: Options = NO_OPTIONS
    ) -> Delivery:
        """Return the delivery with `auth` in its JSON body; `ValueError` when that is no object."""
        del now, options
        mark = "hookline-auth"
        marked = put(delivery, "json:/auth", mark).body
        digest = _digest(marked, mark, secret)
        return with_body(delivery, marked.replace(json.dumps(mark).encode(), json.dumps(digest).encode(), 1))


def _digest(body: bytes, auth: str, secret: Secret) -> str:
    keyed = body.replace(auth.encode(), text_secret(secret).encode(), 1)
    return hashlib.md5(keyed, usedforsecurity=False).hexdigest()
