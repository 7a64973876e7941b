"""Stream (getstream.io): the signature is over the body before it was compressed.

https://getstream.io/chat/docs/node/webhooks_overview/
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from webhooks.errors import Rejected
from webhooks.event import Delivery
from webhooks.signatures.keyed import Keyed
from webhooks.signatures.scheme import NO_OPTIONS, Options, Scheme, Secret, Verified, any_equal, with_body

MOST_RATIO = 100
"""Bytes of plain body for each compressed byte. JSON reaches 5 to 20; deflate can reach 1,032."""

_MAGIC = b"\x1f\x8b"
_GZIP_WINDOW = 31
_STEP = 4 * 1024
"""Compressed bytes that are read at once."""

_PIECE = 64 * 1024
"""Plain bytes that are held at once, and that a body may be ahead of `MOST_RATIO`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inflated(Scheme):
    """An HMAC over the plain body, which may be sent as gzip.

    A compressed body is hashed while it is inflated and never held as a whole, so an unproven
    request costs `MOST_RATIO` times its bytes of hashing, and `_PIECE` bytes of memory. The option
    `max_body` bounds the plain body, in bytes.

    Attributes:
        scheme: how the plain body is signed: an HMAC over nothing but `{body}`.
    """

    scheme: Keyed

    def __post_init__(self) -> None:
        """Refuse a scheme that needs the whole plain body at once."""
        if self.scheme.signed != "{body}" or self.scheme.timestamp is not None:
            msg = f"only an HMAC over {{body}} can be made while inflating, got {self.scheme.signed!r}"
            raise ValueError(msg)

    def check_secret(self, secret: Secret) -> None:
        """Raise `ValueError` when a secret is not of the inner scheme's form."""
        self.scheme.check_secret(secret)

    def verify(
        self, delivery: Delivery, secrets: Sequence[Secret], *, now: float, options: Options = NO_OPTIONS
    ) -> Verified:
        """Prove a delivery, or raise `Rejected`; what has no signature of the right form is not inflated."""
        if not compressed(delivery.body):
            return self.scheme.verify(delivery, secrets, now=now, options=options)
        signatures, _ = self.scheme.signatures(delivery)
        digests = [self.scheme.begun(secret) for secret in secrets]
        limit = options.get("max_body")
        size = 0
        for piece in _pieces(delivery.body):
            size += len(piece)
            if limit is not None and size > limit:
                raise Rejected("body_too_large", f"the inflated body is larger than {limit} bytes")
            for digest in digests:
                digest.update(piece)
        for position, digest in enumerate(digests):
            if any_equal([digest.digest()], signatures):
                return Verified(secret=position)
        raise self.scheme.mismatch()

    def sign(
        self, delivery: Delivery, secret: Secret, *, now: float, options: Options = NO_OPTIONS
    ) -> Delivery:
        """Return the delivery as signed at `now`; a compressed body stays compressed."""
        plain = with_body(delivery, inflated(delivery.body))
        signed = self.scheme.sign(plain, secret, now=now, options=options)
        return with_body(signed, delivery.body)


def compressed(body: bytes) -> bool:
    """Say whether a body is gzip: JSON never begins with these two bytes, so nothing else has to say it."""
    return body.startswith(_MAGIC)


def inflated(body: bytes) -> bytes:
    """Return a body as a whole, inflated when it is gzip; for bodies that are proven.

    Raises:
        Rejected: it begins like gzip and is none, or inflates to more than `MOST_RATIO` times its bytes.
    """
    return b"".join(_pieces(body)) if compressed(body) else body


def _pieces(body: bytes) -> Iterator[bytes]:
    """Yield the plain body of a gzip member in pieces of at most `_PIECE` bytes.

    Raises:
        Rejected: as `inflated`, as soon as it is known.
    """
    stream = zlib.decompressobj(_GZIP_WINDOW)
    made = 0
    for start in range(0, len(body), _STEP):
        rest = body[start : start + _STEP]
        while rest and not stream.eof:
            read = start + len(rest)
            try:
                piece = stream.decompress(rest, _PIECE)
            except zlib.error:
                raise _unreadable("the body begins like gzip, and is none") from None
            rest = stream.unconsumed_tail
            made += len(piece)
            if made > _PIECE + MOST_RATIO * read:
                raise _unreadable(f"the body inflates to more than {MOST_RATIO} times its bytes")
            yield piece
        if stream.eof and (stream.unused_data or start + _STEP < len(body)):
            raise _unreadable("something follows the gzip body")
    if not stream.eof:
        raise _unreadable("the gzip body is cut off")


def _unreadable(message: str) -> Rejected:
    return Rejected("encoding_unsupported", message)
