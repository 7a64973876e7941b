"""Providers that sign the time together with the body, and put the time in a header of its own."""

from __future__ import annotations

from webhooks.providers.preset import DAY, HOUR, MINUTE, Provider
from webhooks.signatures.choice import AnyOf
from webhooks.signatures.keyed import Algorithm, Keyed
from webhooks.signatures.timestamps import Timestamp

SLACK = Provider(
    name="slack",
    title="Slack",
    # https://docs.slack.dev/authentication/verifying-requests-from-slack
    scheme=Keyed(
        header="X-Slack-Signature",
        prefix="v0=",
        signed="v0:{timestamp}:{body}",
        timestamp=Timestamp(header="X-Slack-Request-Timestamp", tolerance=300),
    ),
    identity="signed",
    event_id="json:/event_id or form:trigger_id or form:payload > json:/trigger_id",
    event_type="json:/event/type or json:/type or form:command or form:payload > json:/type",
    body_fixed=True,
    retry_window=HOUR,
    ack_deadline=3,
    sample_body=(
        '{{"type": "event_callback", "event_id": "{id}", "event_time": {now}, '
        '"event": {{"type": "{type}", "user": "U_SAMPLE", "text": "hi"}}}}'
    ),
    sample_type="app_mention",
)

TWITCH = Provider(
    name="twitch",
    title="Twitch EventSub",
    # https://dev.twitch.tv/docs/eventsub/handling-webhook-events/: older than ten minutes is refused.
    scheme=Keyed(
        header="Twitch-Eventsub-Message-Signature",
        prefix="sha256=",
        signed="{header:Twitch-Eventsub-Message-Id}{timestamp}{body}",
        timestamp=Timestamp(header="Twitch-Eventsub-Message-Timestamp", unit="rfc3339", tolerance=600),
    ),
    identity="signed",
    event_id="header:Twitch-Eventsub-Message-Id",
    event_type="header:Twitch-Eventsub-Subscription-Type",
    body_fixed=True,
    ack_deadline=10,
    weakness="The headers with the kind of message and the event's type are not signed.",
    sample_headers=(("Twitch-Eventsub-Message-Type", "notification"),),
    sample_type="channel.follow",
)

BOX = Provider(
    name="box",
    title="Box",
    # https://developer.box.com/guides/webhooks/v2/signatures-v2/: two keys, one header for each.
    # The SDK takes no time ahead of its own clock, which no two machines can hold to.
    scheme=Keyed(
        header="BOX-SIGNATURE-PRIMARY",
        more_headers=("BOX-SIGNATURE-SECONDARY",),
        encoding="base64",
        signed="{body}{timestamp}",
        timestamp=Timestamp(header="BOX-DELIVERY-TIMESTAMP", unit="rfc3339", tolerance=600, future=60),
        requires=(("BOX-SIGNATURE-VERSION", "1"), ("BOX-SIGNATURE-ALGORITHM", "HmacSHA256")),
    ),
    identity="unsigned",
    event_id="header:BOX-DELIVERY-ID or json:/id",
    event_type="json:/trigger",
    body_fixed=True,
    retry_window=2 * HOUR,
    ack_deadline=30,
    weakness="The header with the delivery's id is not signed.",
    key_name="the primary or secondary signature key",
    sample_type="FILE.UPLOADED",
)

ZOOM = Provider(
    name="zoom",
    title="Zoom",
    # https://developers.zoom.us/docs/api/webhooks/#verify-webhook-events; no limit is documented, so
    # that of its retries is used.
    scheme=Keyed(
        header="x-zm-signature",
        prefix="v0=",
        signed="v0:{timestamp}:{body}",
        timestamp=Timestamp(header="x-zm-request-timestamp", tolerance=3 * HOUR, future=300),
    ),
    # Its events have no id; event_ts tells two of them apart.
    identity="body",
    event_id=None,
    event_type="json:/event",
    body_fixed=True,
    retry_window=3 * HOUR,
    ack_deadline=3,
    key_name="the secret token of the app",
    sample_body='{{"event": "{type}", "event_ts": {now}000, "payload": {{"object": {{"uuid": "{id}"}}}}}}',
    sample_type="meeting.started",
)

WEBFLOW = Provider(
    name="webflow",
    title="Webflow",
    # https://developers.webflow.com/data/docs/working-with-webhooks#validating-request-signatures
    scheme=Keyed(
        header="x-webflow-signature",
        signed="{timestamp}:{body}",
        timestamp=Timestamp(header="x-webflow-timestamp", unit="ms", tolerance=5 * MINUTE),
    ),
    # $.payload.id names an item, not what happened to it.
    identity="body",
    event_id=None,
    event_type="json:/triggerType",
    body_fixed=True,
    sample_type="form_submission",
)

CASHFREE = Provider(
    name="cashfree",
    title="Cashfree Payments",
    # https://www.cashfree.com/docs/payments/online/webhooks/signature-verification; no limit is
    # documented, so that of its retries is used.
    scheme=Keyed(
        header="x-webhook-signature",
        encoding="base64",
        signed="{timestamp}{body}",
        timestamp=Timestamp(header="x-webhook-timestamp", unit="ms", tolerance=DAY, future=300),
    ),
    identity="signed",
    event_id="json:/data/payment/cf_payment_id + json:/type",
    event_type="json:/type",
    body_fixed=False,
    retry_window=DAY,
    key_name="the client secret",
    sample_type="PAYMENT_SUCCESS_WEBHOOK",
)

ZENDESK = Provider(
    name="zendesk",
    title="Zendesk",
    # https://developer.zendesk.com/documentation/webhooks/verifying/: the secret looks like base64
    # and is used as it is. No limit is documented.
    scheme=Keyed(
        header="X-Zendesk-Webhook-Signature",
        encoding="base64",
        signed="{timestamp}{body}",
        timestamp=Timestamp(
            header="X-Zendesk-Webhook-Signature-Timestamp", unit="rfc3339", tolerance=DAY, future=300
        ),
    ),
    # Its bodies are the users' own: two equal ones are two events.
    identity="none",
    event_id="header:X-Zendesk-Webhook-Invocation-Id",
    event_type="json:/type",
    body_fixed=True,
    ack_deadline=12,
    weakness="The header with the event's id is not signed.",
    sample_type="zen:event-type:ticket.created",
)

CUSTOMERIO = Provider(
    name="customerio",
    title="Customer.io",
    # https://docs.customer.io/journeys/webhooks/#securely-verifying-requests: no prefix in the header.
    scheme=Keyed(
        header="X-CIO-Signature",
        signed="v0:{timestamp}:{body}",
        timestamp=Timestamp(header="X-CIO-Timestamp", tolerance=300),
    ),
    identity="signed",
    event_id="json:/event_id",
    event_type="json:/object_type + json:/metric",
    body_fixed=True,
    ack_deadline=4,
    sample_body='{{"event_id": "{id}", "object_type": "email", "metric": "delivered", "timestamp": {now}}}',
)


def _cloudinary(algorithm: Algorithm) -> Keyed:
    return Keyed(
        header="X-Cld-Signature",
        algorithm=algorithm,
        signed="{body}{timestamp}{secret}",
        timestamp=Timestamp(header="X-Cld-Timestamp", tolerance=7200, future=300),
    )


CLOUDINARY = Provider(
    name="cloudinary",
    title="Cloudinary",
    # https://cloudinary.com/documentation/notifications#verifying_notification_signatures: a plain
    # hash, SHA-1 unless the account is set to SHA-256.
    scheme=AnyOf(schemes=(_cloudinary("sha1"), _cloudinary("sha256"))),
    identity="signed",
    event_id="json:/notification_context/triggered_at + json:/request_id or json:/request_id",
    event_type="json:/notification_type",
    body_fixed=False,
    weakness="A plain SHA-1 over body, time and secret, not an HMAC.",
    key_name="the API secret",
    sample_type="upload",
)

PROVIDERS = (SLACK, TWITCH, BOX, ZOOM, WEBFLOW, CASHFREE, ZENDESK, CUSTOMERIO, CLOUDINARY)
