"""Providers that sign the time together with the body, and write `t=` and the digest in one header."""

from __future__ import annotations

from webhooks.providers.preset import DAY, HOUR, Provider
from webhooks.signatures.keyed import Keyed
from webhooks.signatures.timestamps import Timestamp

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
    sample_media="application/json; charset=utf-8",
    sample_type="invoice.paid",
    secret_prefix="whsec_",  # noqa: S106 - the public prefix, not a secret
)

PADDLE = Provider(
    name="paddle",
    title="Paddle Billing",
    # https://developer.paddle.com/webhooks/signature-verification: 5 s is the SDKs' default.
    scheme=Keyed(
        header="Paddle-Signature",
        field="h1",
        separator=";",
        signed="{timestamp}:{body}",
        timestamp=Timestamp(field="ts", tolerance=5),
    ),
    identity="signed",
    event_id="json:/event_id",
    event_type="json:/event_type",
    # A replay has a notification_id of its own.
    body_fixed=False,
    retry_window=3 * DAY,
    ack_deadline=5,
    key_name="the endpoint's secret key",
    sample_type="transaction.completed",
)

WORKOS = Provider(
    name="workos",
    title="WorkOS",
    # https://workos.com/docs/events/data-syncing/webhooks: comma and blank, milliseconds.
    scheme=Keyed(
        header="WorkOS-Signature",
        field="v1",
        separator=", ",
        signed="{timestamp}.{body}",
        timestamp=Timestamp(field="t", unit="ms", tolerance=180),
    ),
    identity="signed",
    event_id="json:/id",
    event_type="json:/event",
    body_fixed=True,
    sample_type="user.created",
)

ELEVENLABS = Provider(
    name="elevenlabs",
    title="ElevenLabs",
    # https://elevenlabs.io/docs/eleven-agents/workflows/post-call-webhooks: v0, not v1.
    scheme=Keyed(
        header="ElevenLabs-Signature",
        field="v0",
        signed="{timestamp}.{body}",
        timestamp=Timestamp(field="t", tolerance=1800, future=300),
    ),
    identity="signed",
    event_id="json:/data/conversation_id + json:/type",
    event_type="json:/type",
    body_fixed=False,
    secret_prefix="wsec_",  # noqa: S106 - as above
    sample_type="post_call_transcription",
)

RETELL = Provider(
    name="retell",
    title="Retell AI",
    # https://docs.retellai.com/features/secure-webhook: the time follows the body, in milliseconds.
    scheme=Keyed(
        header="x-retell-signature",
        field="d",
        signed="{body}{timestamp}",
        timestamp=Timestamp(field="v", unit="ms", tolerance=300),
    ),
    identity="signed",
    event_id="json:/call/call_id + json:/event",
    event_type="json:/event",
    body_fixed=False,
    ack_deadline=10,
    key_name="the API key that is marked for webhooks",
    sample_type="call_ended",
)

FINTOC = Provider(
    name="fintoc",
    title="Fintoc",
    # https://docs.fintoc.com/docs/webhooks-walkthrough
    scheme=Keyed(
        header="Fintoc-Signature",
        field="v1",
        signed="{timestamp}.{body}",
        timestamp=Timestamp(field="t", tolerance=300),
    ),
    identity="signed",
    event_id="json:/id",
    event_type="json:/type",
    body_fixed=False,
    secret_prefix="whsec_",  # noqa: S106 - as above
    sample_type="payment_intent.succeeded",
)

TERRA = Provider(
    name="terra",
    title="Terra API",
    # https://docs.tryterra.co/health-and-fitness-api/integration-setup/setting-up-data-destinations/webhooks
    scheme=Keyed(
        header="terra-signature",
        field="v1",
        signed="{timestamp}.{body}",
        timestamp=Timestamp(field="t", tolerance=300),
    ),
    identity="unsigned",
    event_id="header:terra-reference",
    event_type="json:/type",
    body_fixed=True,
    weakness="The header with the event's id is not signed.",
    sample_type="activity",
)

SANITY = Provider(
    name="sanity",
    title="Sanity",
    # https://github.com/sanity-io/webhook-toolkit: milliseconds, base64url without padding. A
    # retry repeats the time of the first attempt, so the tolerance is that of the retries.
    scheme=Keyed(
        header="sanity-webhook-signature",
        field="v1",
        encoding="base64url",
        signed="{timestamp}.{body}",
        timestamp=Timestamp(field="t", unit="ms", tolerance=DAY, future=300),
    ),
    # Its bodies are the users' own: two equal ones are two events.
    identity="none",
    event_id="header:idempotency-key",
    event_type="header:sanity-operation",
    body_fixed=True,
    retry_window=DAY,
    weakness="The headers with the event's id and type are not signed.",
    sample_type="update",
)

MUX = Provider(
    name="mux",
    title="Mux",
    # https://www.mux.com/docs/core/verify-webhook-signatures
    scheme=Keyed(
        header="Mux-Signature",
        field="v1",
        signed="{timestamp}.{body}",
        timestamp=Timestamp(field="t", tolerance=300),
    ),
    identity="signed",
    event_id="json:/id",
    event_type="json:/type",
    # `attempts` grows from one delivery to the next.
    body_fixed=False,
    retry_window=DAY,
    ack_deadline=5,
    sample_type="video.asset.ready",
)

CALENDLY = Provider(
    name="calendly",
    title="Calendly",
    # https://developer.calendly.com/api-docs/ZG9jOjM2MzE2MDM4-webhook-signatures: three minutes.
    scheme=Keyed(
        header="Calendly-Webhook-Signature",
        field="v1",
        signed="{timestamp}.{body}",
        timestamp=Timestamp(field="t", tolerance=180),
    ),
    identity="signed",
    event_id="json:/payload/uri + json:/event",
    event_type="json:/event",
    body_fixed=False,
    retry_window=24 * HOUR,
    key_name="the signing key",
    sample_type="invitee.created",
)

PROVIDERS = (STRIPE, PADDLE, WORKOS, ELEVENLABS, RETELL, FINTOC, TERRA, SANITY, MUX, CALENDLY)
