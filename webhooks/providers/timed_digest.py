"""Providers that sign the time together with the body."""

from __future__ import annotations

from webhooks.providers.preset import DAY, Provider
from webhooks.signatures.scheme import Keyed, Timestamp

STRIPE = Provider(
    name="stripe",
    title="Stripe",
    # https://docs.stripe.com/webhooks/signature: the key is the whole string, whsec_ included;
    # 300 s is the SDKs' default.
    scheme=Keyed(
        header="Stripe-Signature",
        field="v1",
        signed="{timestamp}.{body}",
        timestamp=Timestamp(field="t", tolerance=300),
    ),
    identity="signed",
    event_id="json:/id",
    event_type="json:/type",
    # pending_webhooks counts down from one delivery of an event to the next.
    body_fixed=False,
    # https://docs.stripe.com/webhooks/process-undelivered-events: by itself for 3 days, by hand for 30.
    retry_window=3 * DAY,
    resend_window=30 * DAY,
    sample_body=(
        '{{"id": "{id}", "object": "event", "api_version": "2026-08-27.basil", "created": {now}, '
        '"type": "{type}", "livemode": false, "pending_webhooks": 1, '
        '"data": {{"object": {{"id": "in_sample", "object": "invoice", "amount_paid": 1999, '
        '"currency": "eur"}}}}}}'
    ),
    sample_headers=(("Content-Type", "application/json; charset=utf-8"),),
    sample_type="invoice.paid",
    secret_prefix="whsec_",  # noqa: S106 - the public prefix, not a secret
)

PROVIDERS = (STRIPE,)
