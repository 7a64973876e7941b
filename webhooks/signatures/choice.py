"""Schemes put together from schemes: the first that proves, or the one a secret is for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from webhooks.errors import Rejected
from webhooks.event import Delivery
from webhooks.signatures.scheme import NO_OPTIONS, Options, Scheme, Secret, Verified

_CLOSENESS = ("signature_missing", "signature_malformed", "timestamp_missing", "timestamp_malformed")


@dataclass(frozen=True, slots=True, kw_only=True)
class AnyOf(Scheme):
    """Several schemes for the same secrets: a delivery is proven when one of them proves it.

    Attributes:
        schemes: in the order in which they are tried; the first one signs.
    """

    schemes: tuple[Scheme, ...]

    def check_secret(self, secret: Secret) -> None:
        """Raise `ValueError` when a secret is not of the first scheme's form."""
        self.schemes[0].check_secret(secret)

    def verify(
        self, delivery: Delivery, secrets: Sequence[Secret], *, now: float, options: Options = NO_OPTIONS
    ) -> Verified:
        """Prove a delivery, or raise the `Rejected` of the scheme that came closest."""
        refusals = []
        for scheme in self.schemes:
            try:
                return scheme.verify(delivery, secrets, now=now, options=options)
            except Rejected as error:
                refusals.append(error)
        raise closest(refusals)

    def sign(
        self, delivery: Delivery, secret: Secret, *, now: float, options: Options = NO_OPTIONS
    ) -> Delivery:
        """Return the delivery as signed by the first scheme at `now`."""
        return self.schemes[0].sign(delivery, secret, now=now, options=options)


@dataclass(frozen=True, slots=True, kw_only=True)
class ByPrefix(Scheme):
    """Two schemes that share a header: what a secret begins with says which of them it is for.

    So a public key is never taken for the key of an HMAC.

    Attributes:
        prefix: what a public key begins with.
        public: the scheme of the public keys.
        shared: the scheme of all other secrets.
    """

    prefix: str
    public: Scheme
    shared: Scheme

    def check_secret(self, secret: Secret) -> None:
        """Raise `ValueError` when a secret is empty or of neither scheme's form."""
        self._for(secret).check_secret(secret)

    def verify(
        self, delivery: Delivery, secrets: Sequence[Secret], *, now: float, options: Options = NO_OPTIONS
    ) -> Verified:
        """Prove a delivery, or raise the `Rejected` of the secret that came closest."""
        refusals = []
        for position, secret in enumerate(secrets):
            try:
                found = self._for(secret).verify(delivery, [secret], now=now, options=options)
            except Rejected as error:
                refusals.append(error)
            else:
                return Verified(secret=position, timestamp=found.timestamp)
        raise closest(refusals)

    def sign(
        self, delivery: Delivery, secret: Secret, *, now: float, options: Options = NO_OPTIONS
    ) -> Delivery:
        """Return the delivery as signed at `now`, with a shared secret or a private key in PEM."""
        is_private = isinstance(secret, str) and secret.startswith("-----BEGIN")
        scheme = self.public if is_private else self._for(secret)
        return scheme.sign(delivery, secret, now=now, options=options)

    def _for(self, secret: Secret) -> Scheme:
        return self.public if isinstance(secret, str) and secret.startswith(self.prefix) else self.shared


def closest(refusals: Sequence[Rejected]) -> Rejected:
    """Return the refusal that says most: a wrong signature before a malformed one before none."""
    return max(
        refusals, key=lambda one: _CLOSENESS.index(one.code) if one.code in _CLOSENESS else len(_CLOSENESS)
    )
