"""The family of shared keys: one `verify` and one `sign` for every provider that is a `Keyed` value."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, get_args

from webhooks.event import Delivery
from webhooks.signatures.decoding import encode
from webhooks.signatures.envelope import Envelope
from webhooks.signatures.keys import KeyForm, key_bytes
from webhooks.signatures.placing import put
from webhooks.signatures.scheme import NO_OPTIONS, Options, Secret, any_equal, with_headers

Algorithm = Literal["sha1", "sha256", "sha384", "sha512"]

_SIZES = {"sha1": 20, "sha256": 32, "sha384": 48, "sha512": 64}


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyed(Envelope):
    """A signature made with a shared key: the family that most providers belong to.

    Attributes:
        algorithm: the hash under the HMAC; a plain hash where `signed` contains `{secret}`.
        key: what the configured secret is: literal text, hex or base64 of the key, and so on.
    """

    algorithm: Algorithm = "sha256"
    key: KeyForm = "text"

    def __post_init__(self) -> None:
        """Refuse what could never verify, or would verify too much."""
        for name, value, allowed in (
            ("algorithm", self.algorithm, get_args(Algorithm)),
            ("key", self.key, get_args(KeyForm)),
        ):
            if value not in allowed:
                msg = f"{name} must be one of {', '.join(allowed)}, got {value!r}"
                raise ValueError(msg)
        Envelope.__post_init__(self)

    @property
    def size(self) -> int:
        """The length of the digest in bytes."""
        return _SIZES[self.algorithm]

    def check_secret(self, secret: Secret) -> None:
        """Raise `ValueError` when a secret is empty or not of this scheme's form."""
        key_bytes(secret, self.key)

    def begun(self, secret: Secret) -> hmac.HMAC:
        """Return an HMAC under the secret to which a body can be given piece by piece."""
        return _begun(key_bytes(secret, self.key), self.algorithm).copy()

    def prover(self, delivery: Delivery, stamp: str) -> Callable[[Secret, Sequence[bytes]], bool]:
        """Return what says whether a secret made one of these signatures over this request."""
        plain = self.salted
        messages = () if plain else self.messages(delivery, stamp)

        def proves(secret: Secret, signatures: Sequence[bytes]) -> bool:
            key = key_bytes(secret, self.key)
            if plain:
                expected = [self._plain(delivery, stamp, key)]
            else:
                expected = [_digest(key, message, self.algorithm) for message in messages]
            return any_equal(expected, signatures)

        return proves

    def sign(
        self, delivery: Delivery, secret: Secret, *, now: float, options: Options = NO_OPTIONS
    ) -> Delivery:
        """Return the delivery as a sender with `secret` signs it at `now`.

        Raises:
            ValueError: the secret is not of this scheme's form, or the body has no room for the
                signature.
        """
        del options
        stamp = ""
        if self.timestamp is not None:
            stamp = self.timestamp.write(now)
            delivery = self.timestamp.put(delivery, stamp)
        for name, value in self.requires:
            delivery = with_headers(delivery, (name, value))
        key = key_bytes(secret, self.key)
        if self.salted:
            digest = self._plain(delivery, stamp, key)
        else:
            digest = _digest(key, self.messages(delivery, stamp)[0], self.algorithm)
        return put(delivery, self.spot, self.written(encode(digest, self.encoding), stamp))

    def _plain(self, delivery: Delivery, stamp: str, key: bytes) -> bytes:
        message = self.messages(delivery, stamp, key)[0]
        return hashlib.new(self.algorithm, message, usedforsecurity=False).digest()


def _digest(key: bytes, message: bytes, algorithm: Algorithm) -> bytes:
    made = _begun(key, algorithm).copy()
    made.update(message)
    return made.digest()


@lru_cache(maxsize=256)
def _begun(key: bytes, algorithm: Algorithm) -> hmac.HMAC:
    """Return an HMAC that has taken in its key: OpenSSL takes longer for that than for 1 KB of body."""
    return hmac.new(key, digestmod=algorithm)
