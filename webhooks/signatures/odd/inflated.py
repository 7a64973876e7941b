"""Stream (getstream.io): the signature is over the body before it was compressed.

https://getstream.io/chat/docs/node/webhooks_overview/
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from webhooks.errors import Rejected
from webhooks.event import Delivery
from webhooks.signatures.scheme import NO_OPTIONS, Options, Scheme, Secret, Verified, with_body

MOST_INFLATED = 16 * 1024 * 1024
"""Bytes. A few kilobytes of gzip can hold gigabytes."""

_MAGIC = b"\x1f\x8b"
_GZIP_WINDOW = 31


@dataclass(frozen=True, slots=True, kw_only=True)
class Inflated(Scheme):
    """Another scheme, over the inflated body when the body is gzip.

    Attributes:
        scheme: how the plain body is signed.
    """

    scheme: Scheme

    def check_secret(self, secret: Secret) -> None:
        """Raise `ValueError` when a secret is not of the inner scheme's form."""
        self.scheme.check_secret(secret)

    def verify(
        self, delivery: Delivery, secrets: Sequence[Secret], *, now: float, options: Options = NO_OPTIONS
    ) -> Verified:
        """Prove a delivery, or raise `Rejected`."""
        body = inflated(delivery.body)
        if body is None:
            raise Rejected("encoding_unsupported", "the body begins like gzip, and is none or too large")
        return self.scheme.verify(with_body(delivery, body), secrets, now=now, options=options)

    def sign(
        self, delivery: Delivery, secret: Secret, *, now: float, options: Options = NO_OPTIONS
    ) -> Delivery:
        """Return the delivery as signed at `now`; a compressed body stays compressed."""
        body = inflated(delivery.body)
        if body is None:
            msg = "the sample's body begins like gzip, and is none or too large"
            raise ValueError(msg)
        signed = self.scheme.sign(with_body(delivery, body), secret, now=now, options=options)
        return with_body(signed, delivery.body)


def inflated(body: bytes) -> bytes | None:
    """Return the body, inflated when it is gzip; None when it only begins like it or is too large.

    JSON never begins with the two bytes of gzip, so nothing has to say which it is.
    """
    if not body.startswith(_MAGIC):
        return body
    stream = zlib.decompressobj(_GZIP_WINDOW)
    try:
        plain = stream.decompress(body, MOST_INFLATED)
    except zlib.error:
        return None
    return plain if stream.eof and not stream.unused_data else None
