"""The family of plain tokens: the sender repeats what we told it, and signs nothing."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from webhooks.errors import Rejected
from webhooks.event import Delivery
from webhooks.forms import field, query_fields
from webhooks.places import Place, as_text, check_place, elements, parse_json, pointed
from webhooks.signatures.placing import put, put_in_each
from webhooks.signatures.scheme import NO_OPTIONS, Options, Scheme, Secret, Verified, mismatch, text_secret
from webhooks.signatures.template import wire_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Token(Scheme):
    """A shared token, compared for equality in constant time.

    Attributes:
        place: where the sender puts it: a header, a field of the query, or a JSON pointer.
        every: a JSON pointer with `*` for a list, each element of which must have the token at
            `place`.
        number: whether it is a number in the body.
    """

    place: Place
    every: str | None = None
    number: bool = False

    def __post_init__(self) -> None:
        """Refuse what is no place for a token."""
        check_place(self.place)
        if self.place.partition(":")[0] not in ("header", "json", "query"):
            msg = f"a token is in a header, the query or the JSON body, not in {self.place}"
            raise ValueError(msg)

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
            wanted = text_secret(secret).encode()
            same = [hmac.compare_digest(one, wanted) for one in given]
            if all(same):
                return Verified(secret=position)
        raise mismatch(self.place, "the configured token")

    def sign(
        self, delivery: Delivery, secret: Secret, *, now: float, options: Options = NO_OPTIONS
    ) -> Delivery:
        """Return the delivery with the token; `ValueError` when the body has no room for it."""
        del now, options
        token = text_secret(secret)
        if self.every is None:
            return put(delivery, self.place, int(token) if self.number else token)
        return put_in_each(delivery, self.every, self.place, token)

    def _given(self, delivery: Delivery) -> list[bytes]:
        kind, _, name = self.place.partition(":")
        texts: list[Any]
        if kind == "header":
            texts = [delivery.header(name)]
        elif kind == "query":
            texts = [field(query_fields(delivery), name)]
        else:
            document = parse_json(delivery.body)
            holders = [document] if self.every is None else elements(document, self.every)
            texts = [self._in_body(pointed(holder, name)) for holder in holders]
        if not texts or not all(isinstance(text, str) and text for text in texts):
            raise Rejected("signature_missing", f"{self.place} is missing or empty")
        return [
            wire_bytes(text) if kind == "header" else text.encode("utf-8", "surrogatepass") for text in texts
        ]

    def _in_body(self, value: Any) -> Any:
        """Return the value, or a number's digits: text must not be taken for a number or the reverse."""
        if not self.number:
            return value
        return None if isinstance(value, str) else as_text(value)
