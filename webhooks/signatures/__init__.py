"""Proving the sender: pure functions over a delivery, the secrets and the time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from webhooks.event import Delivery, Headers
from webhooks.signatures.keyed import sign_keyed, verify_keyed
from webhooks.signatures.scheme import Scheme, Verified

__all__ = ["Signs", "sign", "verify"]


class Signs(Protocol):
    """Whatever has a scheme: a preset of `webhooks.providers`, or one made from the configuration."""

    @property
    def scheme(self) -> Scheme:
        """How this sender signs."""
        ...


def verify(
    provider: Signs,
    delivery: Delivery,
    secrets: Sequence[str],
    *,
    now: float,
    options: Mapping[str, Any] | None = None,
) -> Verified:
    """Prove that `delivery` was signed with one of `secrets`, within the scheme's tolerance.

    Args:
        provider: who signs; `webhooks.providers.catalog.PROVIDERS["stripe"]`, for example.
        delivery: the request, its body byte for byte.
        secrets: the secrets as configured, any of which may match; never empty.
        now: our clock, in seconds since the epoch (UTC).
        options: settings of the source that a scheme may need; the keyed family needs none.

    Raises:
        Rejected: not proven; its `code` says why.
        ValueError: no secret is given, or one is empty or not of the provider's form.
    """
    del options
    if not secrets:
        msg = "verify needs at least one secret"
        raise ValueError(msg)
    return verify_keyed(provider.scheme, delivery, secrets, now=now)


def sign(
    provider: Signs, *, method: str, url: str, headers: Headers, body: bytes, secret: str, now: float
) -> Headers:
    """Return the headers that this provider would add to a request, signed with `secret` at `now`.

    Raises:
        ValueError: the secret is not of the provider's form.
    """
    return sign_keyed(
        provider.scheme, method=method, url=url, headers=headers, body=body, secret=secret, now=now
    )
