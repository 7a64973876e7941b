"""Providers that sign the body and nothing else, and send the digest in hex and nothing else."""

from __future__ import annotations

from webhooks.providers.preset import DAY, HOUR, Batch, Provider
from webhooks.signatures.keyed import Keyed
from webhooks.signatures.odd.inflated import Inflated
from webhooks.signatures.odd.pusher import WithAppKey
from webhooks.signatures.timestamps import Timestamp

RAZORPAY = Provider(
    name="razorpay",
    title="Razorpay",
    # https://razorpay.com/docs/webhooks/validate-test/
    scheme=Keyed(header="X-Razorpay-Signature"),
    identity="unsigned",
    event_id="header:X-Razorpay-Event-Id",
    event_type="json:/event",
    body_fixed=True,
    retry_window=DAY,
    ack_deadline=5,
    weakness="The header with the event's id is not signed.",
    sample_type="payment.captured",
)

COINBASE_COMMERCE = Provider(
    name="coinbase_commerce",
    title="Coinbase Commerce",
    scheme=Keyed(header="X-CC-Webhook-Signature"),
    identity="signed",
    event_id="json:/event/id",
    event_type="json:/event/type",
    # attempt_number counts up from one delivery to the next.
    body_fixed=False,
    sample_type="charge:created",
)

GOCARDLESS = Provider(
    name="gocardless",
    title="GoCardless",
    # https://developer.gocardless.com/api-reference/#webhooks-signing-webhooks
    scheme=Keyed(header="Webhook-Signature"),
    identity="signed",
    event_id="json:/id",
    event_type="json:/resource_type + json:/action",
    body_fixed=True,
    batch=Batch(items="/events/*"),
    ack_deadline=10,
    sample_body=(
        '{{"events": [{{"id": "{id}", "resource_type": "mandates", "action": "created", "links": {{}}}}], '
        '"meta": {{"webhook_id": "WB_sample"}}}}'
    ),
)

PUSHER = Provider(
    name="pusher",
    title="Pusher Channels",
    # https://pusher.com/docs/channels/server_api/webhooks/
    scheme=WithAppKey(
        scheme=Keyed(
            header="X-Pusher-Signature", timestamp=Timestamp(place="json:/time_ms", unit="ms", tolerance=300)
        )
    ),
    # Its events have no ids of their own and repeat word for word: only the time tells two apart.
    identity="body",
    event_id=None,
    event_type="json:/events/0/name",
    body_fixed=True,
    retry_window=300,
    key_name="key and secret of the app",
    key_example='{ key = "0123456789abcdef0123", secret = "${PUSHER_SECRET}" }',
    sample_type="channel_occupied",
)

GETSTREAM = Provider(
    name="getstream",
    title="Stream (getstream.io)",
    # https://getstream.io/chat/docs/node/webhooks_overview/
    scheme=Inflated(scheme=Keyed(header="X-Signature")),
    identity="unsigned",
    event_id="header:X-Webhook-Id",
    event_type="json:/type",
    body_fixed=False,
    weakness="The header with the event's id is not signed.",
    key_name="the API secret",
    inflates=True,
    sample_type="message.new",
)

CLOUDCONVERT = Provider(
    name="cloudconvert",
    title="CloudConvert",
    scheme=Keyed(header="CloudConvert-Signature"),
    identity="signed",
    # A job sends one event of each kind.
    event_id="json:/job/id + json:/event",
    event_type="json:/event",
    body_fixed=False,
    sample_type="job.finished",
)

ONFIDO = Provider(
    name="onfido",
    title="Onfido",
    scheme=Keyed(header="X-SHA2-Signature"),
    # $.payload.object.id names a check, not an event.
    identity="body",
    event_id=None,
    event_type="json:/payload/action",
    body_fixed=True,
    key_name="the webhook token",
    sample_type="check.completed",
)

MODERN_TREASURY = Provider(
    name="modern_treasury",
    title="Modern Treasury",
    scheme=Keyed(header="X-Signature"),
    identity="unsigned",
    event_id="header:X-Webhook-ID",
    event_type="header:X-Topic or json:/event",
    body_fixed=False,
    weakness="The headers with the event's id and topic are not signed.",
    sample_type="payment_order",
)

MAILERSEND = Provider(
    name="mailersend",
    title="MailerSend",
    scheme=Keyed(header="Signature"),
    identity="signed",
    event_id="json:/data/id",
    event_type="json:/type",
    body_fixed=False,
    sample_type="activity.delivered",
)

MAILTRAP = Provider(
    name="mailtrap",
    title="Mailtrap",
    scheme=Keyed(header="Mailtrap-Signature"),
    identity="signed",
    event_id="json:/event_id",
    event_type="json:/event",
    body_fixed=False,
    batch=Batch(items="/events/*"),
    sample_type="delivery",
)

VIBER = Provider(
    name="viber",
    title="Viber",
    # https://developers.viber.com/docs/api/rest-bot-api/#callbacks
    scheme=Keyed(header="X-Viber-Content-Signature"),
    identity="signed",
    event_id="json:/message_token + json:/event",
    event_type="json:/event",
    body_fixed=False,
    key_name="the bot's auth token",
    sample_type="message",
)

CONVOY = Provider(
    name="convoy",
    title="Convoy",
    # https://docs.getconvoy.io/product-manual/signatures: the simple form.
    scheme=Keyed(header="X-Convoy-Signature"),
    # It relays any body: two equal ones are two events.
    identity="none",
    event_id="header:X-Convoy-Event-Id or header:X-Convoy-Idempotency-Key",
    event_type=None,
    body_fixed=False,
    weakness="The header with the event's id is not signed.",
)

LINEAR = Provider(
    name="linear",
    title="Linear",
    # https://linear.app/developers/webhooks#securing-webhooks: the signed time is in the body; a
    # header of the same meaning is not signed.
    scheme=Keyed(
        header="Linear-Signature",
        timestamp=Timestamp(place="json:/webhookTimestamp", unit="ms", tolerance=60),
    ),
    identity="unsigned",
    event_id="header:Linear-Delivery",
    event_type="header:Linear-Event or json:/type",
    body_fixed=False,
    ack_deadline=5,
    retry_window=8 * HOUR,
    weakness="The headers with the event's id and type are not signed.",
    sample_type="Issue",
)

ATTIO = Provider(
    name="attio",
    title="Attio",
    scheme=Keyed(header="X-Attio-Signature"),
    # Its events carry no time: two changes of a record are told in equal bodies.
    identity="none",
    event_id="header:Idempotency-Key",
    event_type="json:/events/0/event_type",
    body_fixed=True,
    sample_type="record.created",
)

DROPBOX = Provider(
    name="dropbox",
    title="Dropbox",
    # https://www.dropbox.com/developers/reference/webhooks
    scheme=Keyed(header="X-Dropbox-Signature"),
    # It says whose files changed and nothing else: two equal bodies are two changes.
    identity="none",
    event_id=None,
    event_type=None,
    body_fixed=False,
    ack_deadline=10,
    key_name="the app secret",
    sample_body='{{"list_folder": {{"accounts": ["dbid:sample"]}}, "delta": {{"users": [1]}}}}',
)

ASANA = Provider(
    name="asana",
    title="Asana",
    # https://developers.asana.com/docs/webhooks-guide
    scheme=Keyed(header="X-Hook-Signature"),
    identity="body",
    event_id=None,
    event_type="json:/events/0/action",
    body_fixed=True,
    retry_window=DAY,
    ack_deadline=10,
    key_name="the X-Hook-Secret of the handshake",
    tells_secret=True,
    sample_body=(
        '{{"events": [{{"action": "{type}", "created_at": "{now}", '
        '"resource": {{"gid": "{id}", "resource_type": "task"}}}}]}}'
    ),
    sample_type="changed",
)

CALCOM = Provider(
    name="calcom",
    title="Cal.com",
    # https://cal.com/docs/developing/guides/automation/webhooks
    scheme=Keyed(header="X-Cal-Signature-256"),
    identity="body",
    event_id=None,
    event_type="json:/triggerEvent",
    body_fixed=True,
    sample_type="BOOKING_CREATED",
)

ONFLEET = Provider(
    name="onfleet",
    title="Onfleet",
    # https://docs.onfleet.com/reference/secrets
    scheme=Keyed(header="X-Onfleet-Signature", algorithm="sha512", key="hex"),
    identity="body",
    event_id=None,
    event_type="json:/triggerName",
    body_fixed=True,
    key_name="the webhook secret, in hex",
    sample_type="taskCompleted",
)

VERCEL = Provider(
    name="vercel",
    title="Vercel",
    # https://vercel.com/docs/webhooks/webhooks-api#securing-webhooks
    scheme=Keyed(header="x-vercel-signature", algorithm="sha1"),
    identity="signed",
    event_id="json:/id",
    event_type="json:/type",
    body_fixed=True,
    weakness="SHA-1; nothing stronger is sent.",
    retry_window=DAY,
    sample_type="deployment.succeeded",
)

PROVIDERS = (
    RAZORPAY,
    COINBASE_COMMERCE,
    GOCARDLESS,
    PUSHER,
    GETSTREAM,
    CLOUDCONVERT,
    ONFIDO,
    MODERN_TREASURY,
    MAILERSEND,
    MAILTRAP,
    VIBER,
    CONVOY,
    LINEAR,
    ATTIO,
    DROPBOX,
    ASANA,
    CALCOM,
    ONFLEET,
    VERCEL,
)
