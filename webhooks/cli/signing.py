"""Signing samples as a source's provider does, with what the operator has."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import uuid4

from webhooks.config import Source
from webhooks.errors import HooklineError, Rejected
from webhooks.event import Delivery
from webhooks.providers.manner import Fetched
from webhooks.providers.preset import Provider
from webhooks.providers.samples import sample
from webhooks.signatures import Options, Secret, sign, verify
from webhooks.signatures.apple import AppStore
from webhooks.signatures.choice import ByPrefix
from webhooks.signatures.public_key import PublicKey


class CannotSign(HooklineError):
    """What the source has configured proves a sender and cannot sign like one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Makes and signs samples of one source.

    Attributes:
        source: the source.
        url: the URL that a signature covers: the source's public one where it has one.
        type: the type of the samples' events.
        private_key: the private half of a configured public key, PEM; None when none is given.
    """

    source: Source
    url: str
    type: str
    private_key: str | None = field(default=None, repr=False)

    @property
    def provider(self) -> Provider:
        """Who signs."""
        return self.source.provider

    @property
    def options(self) -> Options:
        """What the source configures beside its secrets."""
        return self.source.options

    @property
    def secrets(self) -> Sequence[Secret]:
        """The secrets that are valid now."""
        return [held.value for held in self.source.secrets if held.holds(time.time())]

    @property
    def secret(self) -> Secret | None:
        """What signs: the private key, or the first secret; None where there is neither."""
        return self.private_key or next(iter(self.secrets), None)

    def cannot(self) -> str:
        """Return why nothing can be signed for this source; empty when it can."""
        title, scheme = self.provider.title, self.provider.scheme
        if isinstance(scheme, Fetched | AppStore):
            return f"not possible: only {title} can sign"
        if self._is_public():
            return f"not possible: only {title} can sign, or --private-key with a pair of your own"
        if self.private_key is not None and not isinstance(scheme, PublicKey | ByPrefix):
            return f"{title} signs with the secret itself: leave --private-key out"
        if self.secret is None:
            return "the source has no secret that is valid now"
        return ""

    def _is_public(self) -> bool:
        """Say whether there is only a public key, which signs nothing."""
        scheme, secret = self.provider.scheme, self.secret
        if isinstance(scheme, ByPrefix):
            return isinstance(secret, str) and secret.startswith(scheme.prefix)
        return isinstance(scheme, PublicKey) and self.private_key is None

    def draft(self, now: float) -> Delivery:
        """Return a request with an event of its own that is not signed yet; `now` in seconds (UTC)."""
        event_id = f"sample_{uuid4().hex[:16]}"
        return sample(self.provider, url=self.url, event_id=event_id, now=now, event_type=self.type)

    def sign(self, draft: Delivery, now: float) -> Delivery:
        """Return a draft as signed at `now`, in seconds since the epoch (UTC).

        Raises:
            CannotSign: the source's secret, or the private key that was given, cannot.
        """
        reason = self.cannot()
        secret = self.secret
        if reason or secret is None:
            raise CannotSign(reason)
        try:
            return sign(self.provider, draft, secret, now=now, options=self.options)
        except ValueError as error:
            raise CannotSign(f"source {self.source.name} cannot sign: {error}") from None

    def good(self, now: float) -> Delivery:
        """Return a sample that the source takes.

        Raises:
            CannotSign: as `sign`, and when the private key is not the configured public key's.
        """
        signed = self.sign(self.draft(now), now)
        refusal = self.refusal(signed, now)
        if refusal is not None:
            reason = "the private key is not that of the configured public key"
            raise CannotSign(reason if self.private_key is not None else str(refusal))
        return signed

    def refusal(self, delivery: Delivery, now: float) -> Rejected | None:
        """Return how the source must refuse a request at `now`; None when it must take it."""
        try:
            verify(self.provider, delivery, self.secrets, now=now, options=self.options)
        except Rejected as refusal:
            return refusal
        return None
