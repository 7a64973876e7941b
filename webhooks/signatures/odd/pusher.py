"""Pusher Channels: a signature under the secret of the application whose key a header names.

https://pusher.com/docs/channels/server_api/webhooks/
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from webhooks.event import Delivery
from webhooks.signatures.keyed import Keyed
from webhooks.signatures.scheme import (
    NO_OPTIONS,
    Options,
    Scheme,
    Secret,
    Verified,
    mismatch,
    required_header,
    table_secret,
    with_headers,
)
from webhooks.signatures.template import wire_bytes

KEY_HEADER = "X-Pusher-Key"

_FIELDS = ("key", "secret")


@dataclass(frozen=True, slots=True, kw_only=True)
class WithAppKey(Scheme):
    """A secret is `{ key = "...", secret = "..." }`.

    Attributes:
        scheme: how a request is signed with `secret`.
    """

    scheme: Keyed

    def check_secret(self, secret: Secret) -> None:
        """Raise `ValueError` when the secret is not a table of key and secret."""
        self.scheme.check_secret(table_secret(secret, _FIELDS)["secret"])

    def verify(
        self, delivery: Delivery, secrets: Sequence[Secret], *, now: float, options: Options = NO_OPTIONS
    ) -> Verified:
        """Prove a delivery with the secret of the application that it names, or raise `Rejected`."""
        given = wire_bytes(required_header(delivery, KEY_HEADER))
        for position, secret in enumerate(secrets):
            keys = table_secret(secret, _FIELDS)
            if hmac.compare_digest(given, keys["key"].encode()):
                found = self.scheme.verify(delivery, [keys["secret"]], now=now, options=options)
                return Verified(secret=position, timestamp=found.timestamp)
        raise mismatch(f"header {KEY_HEADER}", "the key of an application")

    def sign(
        self, delivery: Delivery, secret: Secret, *, now: float, options: Options = NO_OPTIONS
    ) -> Delivery:
        """Return the delivery as signed by the application at `now`."""
        keys = table_secret(secret, _FIELDS)
        named = with_headers(delivery, (KEY_HEADER, keys["key"]))
        return self.scheme.sign(named, keys["secret"], now=now, options=options)
