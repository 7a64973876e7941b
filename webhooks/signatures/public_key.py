"""The family of public keys: the sender signs with a key that we never hold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from webhooks.event import Delivery
from webhooks.signatures.decoding import encode
from webhooks.signatures.envelope import Envelope
from webhooks.signatures.lazy import asymmetric
from webhooks.signatures.scheme import NO_OPTIONS, Options, Secret, text_secret, with_headers

if TYPE_CHECKING:
    from webhooks.signatures.asymmetric import PublicKeyForm, SigningAlgorithm


MOST_SIGNATURES = 8
"""Signatures that are tried for each key. Each try costs a hundred times what an HMAC does, and
nobody rotates through more keys at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey(Envelope):
    """A signature made with a private key; the configured secret is the public one.

    Attributes:
        algorithm: curve and hash, or the padding's and hash.
        key: how the public key is written.
    """

    algorithm: SigningAlgorithm = "ed25519"
    key: PublicKeyForm = "ed25519_hex"

    @property
    def size(self) -> int | None:
        """The length of a signature in bytes; that of DER varies."""
        return 64 if self.algorithm == "ed25519" else None

    def check_secret(self, secret: Secret) -> None:
        """Raise `ValueError` when the public key is not of this scheme's form or kind."""
        tools = asymmetric()
        if not tools.fits(tools.public_key(text_secret(secret), self.key), self.algorithm):
            msg = f"the configured public key is not one for {self.algorithm}"
            raise ValueError(msg)

    def prover(self, delivery: Delivery, stamp: str) -> Callable[[Secret, Sequence[bytes]], bool]:
        """Return what says whether the key's owner made one of these signatures over this request."""
        messages = self.messages(delivery, stamp)
        tools = asymmetric()

        def proves(secret: Secret, signatures: Sequence[bytes]) -> bool:
            key = tools.public_key(text_secret(secret), self.key)
            tried = signatures[:MOST_SIGNATURES]
            return any(tools.proves(key, self.algorithm, one, text) for text in messages for one in tried)

        return proves

    def sign(
        self, delivery: Delivery, secret: Secret, *, now: float, options: Options = NO_OPTIONS
    ) -> Delivery:
        """Return the delivery as signed at `now` with a private key in PEM; `ValueError` for any other."""
        del options
        stamp = ""
        if self.timestamp is not None:
            stamp = self.timestamp.write(now)
            delivery = self.timestamp.put(delivery, stamp)
        signature = asymmetric().sign(text_secret(secret), self.algorithm, self.messages(delivery, stamp)[0])
        return with_headers(delivery, (self.header, self.written(encode(signature, self.encoding), stamp)))
