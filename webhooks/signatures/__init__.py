"""Proving the sender: pure functions over a delivery, the secrets and the time."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Protocol, cast

from webhooks.errors import Rejected
from webhooks.event import Delivery
from webhooks.signatures.scheme import NO_OPTIONS, Options, Scheme, Secret, Verified

__all__ = ["Options", "Scheme", "Secret", "Signs", "Verified", "sign", "verify"]


class Signs(Protocol):
    """Whatever has a scheme: a preset of `webhooks.providers`, or one made from the configuration."""

    @property
    def scheme(self) -> Scheme:
        """How this sender signs."""
        ...


def verify(
    provider: Signs | str,
    delivery: Delivery,
    secrets: Sequence[Secret],
    *,
    now: float,
    options: Options | None = None,
) -> Verified:
    """Prove that `delivery` was signed with one of `secrets`, within the scheme's tolerance.

    Args:
        provider: who signs: a preset, or its name in the catalogue.
        delivery: the request, its body byte for byte.
        secrets: the secrets as configured, any of which may match; empty only where the provider's
            keys are fetched.
        now: our clock, in seconds since the epoch (UTC).
        options: see `Options`.

    Raises:
        Rejected: not proven; its `code` says why.
        ValueError: the operator's fault: no secret is given, one is empty or not of the provider's
            form, or an option that the scheme needs is missing.
        KeyError: no provider has that name.
        Unavailable: a key had to be fetched and the other side could not be reached.
    """
    scheme = _scheme(provider)
    if scheme.needs_secret and not secrets:
        msg = "verify needs at least one secret"
        raise ValueError(msg)
    return scheme.verify(delivery, secrets, now=now, options=NO_OPTIONS if options is None else options)


def sign(
    provider: Signs | str, delivery: Delivery, secret: Secret, *, now: float, options: Options | None = None
) -> Delivery:
    """Return `delivery` as the provider signs it at `now`, in seconds since the epoch (UTC).

    `secret` is what a source configures; where that is a public key, the private key as PEM.

    Raises:
        ValueError: the secret cannot sign, or the body is not of the provider's form.
        KeyError: no provider has that name.
    """
    scheme = _scheme(provider)
    try:
        return scheme.sign(delivery, secret, now=now, options=NO_OPTIONS if options is None else options)
    except Rejected as refusal:
        msg = f"the request is not of this provider's form: {refusal.message}"
        raise ValueError(msg) from None
    except KeyError as missing:
        msg = f"signing for this provider needs the option {missing}"
        raise ValueError(msg) from None


def _scheme(provider: Signs | str) -> Scheme:
    if not isinstance(provider, str):
        return provider.scheme
    # The catalogue is made of schemes and so lies above this room: it is asked only when a caller
    # gives a name, and never imported from here otherwise.
    catalogue = import_module("webhooks.providers.catalog").PROVIDERS
    return cast("Signs", catalogue[provider]).scheme
