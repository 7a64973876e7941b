"""Our signatures against Stripe's own library."""

from __future__ import annotations

import time

import pytest
import stripe

from tests.support.senders import BODY, OLD_SECRET, SECRET, request, signed
from webhooks.errors import Rejected
from webhooks.providers.timed_digest import STRIPE
from webhooks.signatures import verify

BODIES = [BODY, b"{}", b"", '{"note": "naïve ☃ 🎉"}'.encode(), b'  {\r\n\t"a" : 1.0 }\r\n']


def header_of(body: bytes, *, secret: str = SECRET, now: float | None = None) -> str:
    ((_, text),) = signed(STRIPE, body=body, secret=secret, now=time.time() if now is None else now).headers
    return text


@pytest.mark.parametrize("body", BODIES)
def test_stripe_accepts_what_we_sign(body: bytes) -> None:
    assert stripe.WebhookSignature.verify_header(body.decode(), header_of(body), SECRET, tolerance=300)


def test_stripe_reads_the_event_that_we_sign() -> None:
    body = b'{"id": "evt_1", "object": "event", "type": "invoice.paid", "data": {"object": {}}}'
    event = stripe.Webhook.construct_event(body, header_of(body), SECRET)
    assert (event.id, event.type) == ("evt_1", "invoice.paid")


def test_stripe_refuses_what_we_sign_with_another_secret() -> None:
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.WebhookSignature.verify_header(BODY.decode(), header_of(BODY, secret=OLD_SECRET), SECRET)


def test_stripe_refuses_what_we_signed_too_long_ago() -> None:
    header = header_of(BODY, now=time.time() - 400)
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.WebhookSignature.verify_header(BODY.decode(), header, SECRET, tolerance=300)


@pytest.mark.parametrize("body", BODIES)
def test_we_accept_what_stripe_signs(body: bytes) -> None:
    now = 1_790_000_000
    header = stripe.WebhookSignature.generate_signature_header(body.decode(), SECRET, timestamp=now)
    verify(STRIPE, request((("Stripe-Signature", header),), body), [SECRET], now=now)
    with pytest.raises(Rejected, match="signature_mismatch"):
        verify(STRIPE, request((("Stripe-Signature", header),), body + b" "), [SECRET], now=now)
