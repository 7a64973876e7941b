"""Twilio's JSON requests: the URL is signed, and carries the body's hash.

https://www.twilio.com/docs/usage/webhooks/webhooks-security
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from webhooks.event import Delivery
from webhooks.signatures.canonical.twilio import BODY_HASH
from webhooks.signatures.keyed import Keyed
from webhooks.signatures.scheme import NO_OPTIONS, Options, Secret, with_body


@dataclass(frozen=True, slots=True, kw_only=True)
class WithBodyHash(Keyed):
    """Twilio's ordinary scheme; only who signs has to add the hash to the URL first."""

    def sign(
        self, delivery: Delivery, secret: Secret, *, now: float, options: Options = NO_OPTIONS
    ) -> Delivery:
        """Return the delivery with the body's hash in its URL, signed at `now`."""
        joint = "&" if "?" in delivery.url else "?"
        url = f"{delivery.url}{joint}{BODY_HASH}={hashlib.sha256(delivery.body).hexdigest()}"
        return Keyed.sign(self, with_body(delivery, delivery.body, url=url), secret, now=now, options=options)
