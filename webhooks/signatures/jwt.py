"""The family of JSON Web Tokens under a shared secret, tied to the request by their claims."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from webhooks.errors import Rejected
from webhooks.event import Delivery
from webhooks.signatures.claims import Binding
from webhooks.signatures.jws import read_jws, write_hs
from webhooks.signatures.scheme import (
    NO_OPTIONS,
    Options,
    Scheme,
    Secret,
    Verified,
    malformed,
    mismatch,
    required_header,
    table_secret,
    text_secret,
    with_headers,
)

_LIFETIME = 180
"""Seconds for which a token that we sign ourselves is valid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Jwt(Scheme):
    """A token in a header, signed with an HMAC.

    Attributes:
        header: the header that holds it.
        word: what stands before it, its blank included, for example `Bearer `.
        algorithms: those allowed; what the token says beyond them is refused.
        issuer: what `iss` must be.
        fields: the secret's fields when it is a table: the issuer's, then the key's.
        required: the claims that must be there.
        bindings: what ties the token to its request.
        leeway: seconds by which `exp` and `nbf` may be missed.
        max_age: seconds after `iat` for which a token is taken; None where `exp` says it.
    """

    header: str
    word: str = ""
    algorithms: tuple[str, ...] = ("HS256",)
    issuer: str | None = None
    fields: tuple[str, str] | None = None
    required: tuple[str, ...] = ()
    bindings: tuple[Binding, ...] = ()
    leeway: float = 0.0
    max_age: float | None = None

    def check_secret(self, secret: Secret) -> None:
        """Raise `ValueError` when a secret is empty, not of this scheme's form, or a public key."""
        _, key = self._parts(secret)
        if key.lstrip().startswith(b"-----BEGIN"):
            msg = "a public key is no secret: whoever knows it could sign tokens"
            raise ValueError(msg)

    def verify(
        self, delivery: Delivery, secrets: Sequence[Secret], *, now: float, options: Options = NO_OPTIONS
    ) -> Verified:
        """Prove a delivery, or raise `Rejected`."""
        del options
        text = required_header(delivery, self.header)
        if not text.startswith(self.word):
            raise malformed(f"header {self.header} does not begin with {self.word.strip()}")
        token = read_jws(text[len(self.word) :], self.algorithms)
        for position, secret in enumerate(secrets):
            self.check_secret(secret)
            issuer, key = self._parts(secret)
            if token.made_with(key):
                claims = token.claims()
                time = self._check_claims(claims, issuer, now)
                for binding in self.bindings:
                    binding.check(claims, delivery)
                return Verified(secret=position, timestamp=time)
        raise mismatch(f"header {self.header}", "the token")

    def sign(
        self, delivery: Delivery, secret: Secret, *, now: float, options: Options = NO_OPTIONS
    ) -> Delivery:
        """Return the delivery with a token made at `now`."""
        del options
        issuer, key = self._parts(secret)
        moment = int(now)
        claims: dict[str, Any] = {"iat": moment, "nbf": moment, "exp": moment + _LIFETIME}
        claims["jti"] = hashlib.sha256(delivery.body + str(moment).encode()).hexdigest()[:32]
        if issuer is not None:
            claims["iss"] = issuer
        for binding in self.bindings:
            value = binding.expected(delivery)
            if value is not None:
                claims[binding.claim] = value
        return with_headers(delivery, (self.header, self.word + write_hs(claims, key, self.algorithms[0])))

    def _parts(self, secret: Secret) -> tuple[str | None, bytes]:
        if self.fields is None:
            return self.issuer, text_secret(secret).encode()
        table = table_secret(secret, self.fields)
        return table[self.fields[0]], table[self.fields[1]].encode()

    def _check_claims(self, claims: Mapping[str, Any], issuer: str | None, now: float) -> float | None:
        if issuer is not None and claims.get("iss") != issuer:
            raise mismatch("the claim iss")
        for name in self.required:
            if claims.get(name) is None:
                raise malformed(f"the token has no claim {name}")
        return check_times(claims, now, leeway=self.leeway, max_age=self.max_age)


def check_times(
    claims: Mapping[str, Any], now: float, *, leeway: float, max_age: float | None
) -> float | None:
    """Check `exp`, `nbf` and `iat` as far as they are there; return `iat`, else `nbf`.

    Args:
        claims: the token's claims.
        now: our clock, in seconds since the epoch (UTC).
        leeway: seconds by which `exp` and `nbf` may be missed.
        max_age: seconds after `iat` for which the token is taken, or None for no limit.

    Raises:
        Rejected: a time is no number, or outside what is allowed.
    """
    expires, begins, issued = (_seconds(claims, name) for name in ("exp", "nbf", "iat"))
    if expires is not None and now >= expires + leeway:
        raise Rejected("timestamp_stale", f"the token expired {now - expires:.0f} s ago")
    if begins is not None and now < begins - leeway:
        raise Rejected("timestamp_future", f"the token is not valid before {begins - now:.0f} s from now")
    if max_age is not None and issued is not None:
        if now - issued > max_age:
            raise Rejected("timestamp_stale", f"signed {now - issued:.0f} s ago; {max_age:g} s are allowed")
        if issued - now > min(max_age, 300):
            raise Rejected("timestamp_future", f"signed {issued - now:.0f} s ahead of our clock")
    return issued if issued is not None else begins


def _seconds(claims: Mapping[str, Any], name: str) -> float | None:
    value = claims.get(name)
    if value is None:
        return None
    # Compared before it is converted: an integer of 400 digits is no float.
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or not 0 <= value < 10**12
        or math.isnan(value)
    ):
        raise Rejected("timestamp_malformed", f"the claim {name} is not a time in seconds")
    return float(value)
