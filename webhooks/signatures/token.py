"""The family of plain tokens: the sender repeats what we told it, and signs nothing."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from webhooks.errors import Rejected
from webhooks.event import Delivery
from webhooks.places import Place, check_place, parse_json, pointed
from webhooks.signatures.placing import put
from webhooks.signatures.scheme import NO_OPTIONS, Options, Secret, Verified, mismatch, text_secret
from webhooks.signatures.template import wire_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A shared token, compared for equality in constant time.

    Attributes:
        place: where the sender puts it: a header, or a pointer into the JSON body.
    """

    place: Place

    def __post_init__(self) -> None:
        """Refuse what is no place for a token."""
        check_place(self.place)
        if self.place.partition(":")[0] not in ("header", "json"):
            msg = f"a token is in a header or in the JSON body, not in {self.place}"
            raise ValueError(msg)

    @property
    def needs_secret(self) -> bool:
        """Say that a source must configure a secret."""
        return True

    def check_secret(self, secret: Secret) -> None:
        """Raise `ValueError` when the token is empty."""
        text_secret(secret)

    def verify(
        self, delivery: Delivery, secrets: Sequence[Secret], *, now: float, options: Options = NO_OPTIONS
    ) -> Verified:
        """Prove a delivery, or raise `Rejected`."""
        del now, options
        given = self._given(delivery)
        for position, secret in enumerate(secrets):
            if hmac.compare_digest(given, text_secret(secret).encode()):
                return Verified(secret=position)
        raise mismatch(self.place, "the configured token")

    def sign(
        self, delivery: Delivery, secret: Secret, *, now: float, options: Options = NO_OPTIONS
    ) -> Delivery:
        """Return the delivery with the token; `ValueError` when the body has no room for it."""
        del now, options
        return put(delivery, self.place, text_secret(secret))

    def _given(self, delivery: Delivery) -> bytes:
        kind, _, name = self.place.partition(":")
        text = delivery.header(name) if kind == "header" else pointed(parse_json(delivery.body), name)
        # Only text: a number in the body must not be taken for the same digits.
        if not isinstance(text, str) or text == "":
            raise Rejected("signature_missing", f"{self.place} is missing or empty")
        return wire_bytes(text) if kind == "header" else text.encode("utf-8", "surrogatepass")
