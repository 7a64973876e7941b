"""Providers that sign the URL: a source needs its public one, exactly as the provider calls it."""

from __future__ import annotations

from webhooks.providers.preset import DAY, Batch, Provider
from webhooks.signatures.canonical.contentful import contentful_text
from webhooks.signatures.canonical.mandrill import mandrill_text
from webhooks.signatures.canonical.mercadopago import mercadopago_texts
from webhooks.signatures.canonical.plivo import plivo_v2_text, plivo_v3_text
from webhooks.signatures.keyed import Keyed
from webhooks.signatures.timestamps import Timestamp

FORM = "application/x-www-form-urlencoded"

SQUARE = Provider(
    name="square",
    title="Square",
    # https://developer.squareup.com/docs/webhooks/step3validate
    scheme=Keyed(header="x-square-hmacsha256-signature", encoding="base64", signed="{url}{body}"),
    identity="signed",
    signs_url=True,
    event_id="json:/event_id",
    event_type="json:/type",
    body_fixed=True,
    retry_window=DAY,
    ack_deadline=10,
    key_name="the signature key of the subscription",
    sample_type="payment.updated",
)


def _hubspot(version: str, scheme: Keyed, weakness: str = "") -> Provider:
    """Return one of HubSpot's versions: https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/request-validation."""
    return Provider(
        name=f"hubspot_{version}",
        title=f"HubSpot ({version} signatures)",
        scheme=scheme,
        identity="signed",
        signs_url=version != "v1",
        event_id="json:/eventId",
        event_type="json:/subscriptionType",
        # attemptNumber counts up.
        body_fixed=False,
        batch=Batch(items="/*"),
        retry_window=DAY,
        ack_deadline=5,
        weakness=weakness,
        key_name="the client secret of the app",
        sample_body='[{{"eventId": "{id}", "subscriptionType": "{type}", "occurredAt": {now}000}}]',
        sample_type="contact.creation",
    )


HUBSPOT_V1 = _hubspot(
    "v1",
    Keyed(header="X-HubSpot-Signature", signed="{secret}{body}"),
    "A plain SHA-256 over secret and body, not an HMAC; neither URL nor time is signed.",
)
HUBSPOT_V2 = _hubspot(
    "v2",
    Keyed(header="X-HubSpot-Signature", signed="{secret}{method}{url}{body}"),
    "A plain SHA-256 that begins with the secret, not an HMAC; no time is signed.",
)
HUBSPOT_V3 = _hubspot(
    "v3",
    Keyed(
        header="X-HubSpot-Signature-v3",
        encoding="base64",
        signed="{method}{url}{body}{timestamp}",
        timestamp=Timestamp(header="X-HubSpot-Request-Timestamp", unit="ms", tolerance=300),
    ),
)

TRELLO = Provider(
    name="trello",
    title="Trello",
    # https://developer.atlassian.com/cloud/trello/guides/rest-api/webhooks/#webhook-signatures
    scheme=Keyed(header="X-Trello-Webhook", algorithm="sha1", encoding="base64", signed="{body}{url}"),
    identity="signed",
    signs_url=True,
    event_id="json:/action/id",
    event_type="json:/action/type",
    body_fixed=False,
    ack_deadline=10,
    weakness="SHA-1; nothing stronger is sent.",
    key_name="the API secret of the app",
    sample_type="updateCard",
)

MANDRILL = Provider(
    name="mandrill",
    title="Mandrill (Mailchimp Transactional)",
    # https://mailchimp.com/developer/transactional/guides/track-respond-activity-webhooks/
    scheme=Keyed(header="X-Mandrill-Signature", algorithm="sha1", encoding="base64", signed=mandrill_text),
    identity="signed",
    signs_url=True,
    # _id names a message, of which several things are told.
    event_id="json:/_id + json:/event + json:/ts or json:/_id + json:/event",
    event_type="json:/event",
    body_fixed=False,
    batch=Batch(items="/*", form="mandrill_events"),
    weakness="SHA-1; nothing stronger is sent.",
    key_name="the webhook's authentication key",
    sample_body="mandrill_events=%5B%7B%22event%22%3A%22{type}%22%2C%22_id%22%3A%22{id}%22%2C%22ts%22%3A{now}%7D%5D",
    sample_media=FORM,
    sample_type="send",
)


def _plivo(version: str, scheme: Keyed, weakness: str = "") -> Provider:
    """Return one of Plivo's versions: https://www.plivo.com/docs/messaging/concepts/signature-validation."""
    return Provider(
        name=f"plivo_{version}",
        title=f"Plivo ({version.upper()} signatures)",
        scheme=scheme,
        identity="signed" if version == "v3" else "unsigned",
        signs_url=True,
        event_id=(
            "form:MessageUUID + form:Status or form:CallUUID + form:Event or form:CallUUID + form:CallStatus "
            "or form:MessageUUID or query:MessageUUID + query:Status or query:CallUUID + query:Event"
        ),
        event_type="form:Event or form:Status or form:CallStatus or query:Event or query:Status",
        body_fixed=False,
        weakness=weakness,
        key_name="the auth token",
        sample_body="MessageUUID={id}&Status={type}&From=15550100&To=15550101",
        sample_headers=((f"X-Plivo-Signature-{version.upper()}-Nonce", "05429567804466091622"),),
        sample_media=FORM,
        sample_type="delivered",
    )


PLIVO_V3 = _plivo(
    "v3", Keyed(header="X-Plivo-Signature-V3", separator=",", encoding="base64", signed=plivo_v3_text)
)
PLIVO_V2 = _plivo(
    "v2",
    Keyed(header="X-Plivo-Signature-V2", encoding="base64", signed=plivo_v2_text, covers_body=False),
    "Neither the body nor the query is signed: whoever sees one request can send any other.",
)

CONTENTFUL = Provider(
    name="contentful",
    title="Contentful",
    # https://www.contentful.com/developers/docs/webhooks/request-verification/: 30 s is the SDK's default.
    scheme=Keyed(
        header="x-contentful-signature",
        signed=contentful_text,
        timestamp=Timestamp(header="x-contentful-timestamp", unit="ms", tolerance=30),
    ),
    # $.sys.id names an entry, which is published many times.
    identity="unsigned",
    signs_url=True,
    event_id="header:X-Contentful-Idempotency-Key",
    event_type="header:X-Contentful-Topic",
    body_fixed=True,
    ack_deadline=30,
    weakness="Of the headers only those are signed that x-contentful-signed-headers names.",
    key_name="the signing secret of 64 characters",
    sample_headers=(("x-contentful-signed-headers", "x-contentful-signed-headers,x-contentful-timestamp"),),
    sample_type="ContentManagement.Entry.publish",
)

MERCADOPAGO = Provider(
    name="mercadopago",
    title="Mercado Pago",
    # https://www.mercadopago.com/developers/en/docs/your-integrations/notifications/webhooks
    scheme=Keyed(
        header="x-signature",
        field="v1",
        signed=mercadopago_texts,
        covers_body=False,
        timestamp=Timestamp(field="ts", unit="s_or_ms", tolerance=300),
    ),
    identity="unsigned",
    event_id="json:/id",
    event_type="json:/type + json:/action or json:/type or query:type",
    body_fixed=True,
    retry_window=3 * DAY,
    ack_deadline=22,
    weakness="The body is not signed, only data.id of the query and x-request-id: ask the API for the rest.",
    key_name="the secret signature of the application",
    sample_body='{{"id": "{id}", "type": "payment", "action": "{type}", "data": {{"id": "sample"}}}}',
    sample_headers=(("x-request-id", "{id}"),),
    sample_type="payment.created",
)

PROVIDERS = (
    SQUARE,
    HUBSPOT_V1,
    HUBSPOT_V2,
    HUBSPOT_V3,
    TRELLO,
    MANDRILL,
    PLIVO_V3,
    PLIVO_V2,
    CONTENTFUL,
    MERCADOPAGO,
)
