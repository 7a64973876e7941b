"""Providers that sign the body and nothing else, and write the digest in base64."""

from __future__ import annotations

from webhooks.providers.preset import DAY, HOUR, Batch, Provider
from webhooks.signatures.canonical.x import x_text
from webhooks.signatures.keyed import Keyed

SHOPIFY = Provider(
    name="shopify",
    title="Shopify",
    # https://shopify.dev/docs/apps/build/webhooks/subscribe/https: newer events drop the X-.
    scheme=Keyed(header="X-Shopify-Hmac-Sha256", more_headers=("shopify-hmac-sha256",), encoding="base64"),
    identity="unsigned",
    event_id="header:X-Shopify-Webhook-Id or header:shopify-webhook-id",
    event_type="header:X-Shopify-Topic or header:shopify-topic",
    body_fixed=True,
    retry_window=4 * HOUR,
    ack_deadline=5,
    weakness="Topic, shop and id are in headers that are not signed: never act on the shop's domain alone.",
    key_name="the client secret of the app",
    sample_headers=(("X-Shopify-Shop-Domain", "sample.myshopify.com"),),
    sample_type="orders/create",
)

LINE = Provider(
    name="line",
    title="LINE",
    # https://developers.line.biz/en/docs/messaging-api/verify-webhook-signature/
    scheme=Keyed(header="x-line-signature", encoding="base64"),
    identity="signed",
    event_id="json:/webhookEventId",
    event_type="json:/type",
    # deliveryContext.isRedelivery changes.
    body_fixed=False,
    batch=Batch(items="/events/*"),
    key_name="the channel secret",
    sample_type="message",
)

ADYEN_PLATFORM = Provider(
    name="adyen_platform",
    title="Adyen for Platforms",
    # https://docs.adyen.com/development-resources/webhooks/verify-hmac-signatures/
    scheme=Keyed(header="HmacSignature", encoding="base64", key="hex"),
    # $.data.id names a transfer, which is updated many times under one type.
    identity="body",
    event_id=None,
    event_type="json:/type",
    body_fixed=True,
    retry_window=30 * DAY,
    ack_deadline=10,
    key_name="the HMAC key, in hex",
    sample_type="balancePlatform.transfer.updated",
)

X_TWITTER = Provider(
    name="x_twitter",
    title="X (Twitter)",
    # https://docs.x.com/x-api/webhooks/quickstart
    scheme=Keyed(header="x-twitter-webhooks-signature", prefix="sha256=", encoding="base64", signed=x_text),
    identity="body",
    event_id=None,
    event_type="key:for_user_id,user_has_blocked",
    body_fixed=True,
    key_name="the consumer secret of the app",
    sample_body='{{"for_user_id": "1", "{type}": [{{"id_str": "{id}", "text": "hi"}}]}}',
    sample_type="tweet_create_events",
)

XERO = Provider(
    name="xero",
    title="Xero",
    # https://developer.xero.com/documentation/guides/webhooks/configuring-your-server/
    scheme=Keyed(header="x-xero-signature", encoding="base64"),
    identity="signed",
    event_id="json:/resourceId + json:/eventDateUtc + json:/eventType",
    event_type="json:/eventCategory + json:/eventType",
    body_fixed=True,
    batch=Batch(items="/events/*"),
    ack_deadline=5,
    retry_window=DAY,
    key_name="the webhooks key",
    # Its check of an endpoint fails on any body.
    reply="",
    sample_body=(
        '{{"events": [{{"resourceId": "{id}", "eventDateUtc": "{now}", "eventType": "UPDATE", '
        '"eventCategory": "CONTACT"}}], "firstEventSequence": 1, "lastEventSequence": 1, "entropy": "x"}}'
    ),
)

QUICKBOOKS = Provider(
    name="quickbooks",
    title="QuickBooks",
    # https://developer.intuit.com/app/developer/qbo/docs/develop/webhooks
    scheme=Keyed(header="intuit-signature", encoding="base64"),
    # An entity's id is not the event's; without its time two changes would look like one.
    identity="body",
    event_id=None,
    event_type="json:/eventNotifications/0/dataChangeEvent/entities/0/name",
    body_fixed=True,
    ack_deadline=3,
    key_name="the verifier token",
    sample_type="Customer",
)

TYPEFORM = Provider(
    name="typeform",
    title="Typeform",
    # https://www.typeform.com/developers/webhooks/secure-your-webhooks/
    scheme=Keyed(header="Typeform-Signature", prefix="sha256=", encoding="base64"),
    identity="signed",
    event_id="json:/event_id",
    event_type="json:/event_type",
    body_fixed=True,
    ack_deadline=30,
    sample_type="form_response",
)

WOOCOMMERCE = Provider(
    name="woocommerce",
    title="WooCommerce",
    # https://woocommerce.github.io/woocommerce-rest-api-docs/#webhooks
    scheme=Keyed(header="X-WC-Webhook-Signature", encoding="base64"),
    identity="unsigned",
    event_id="header:X-WC-Webhook-Delivery-ID",
    event_type="header:X-WC-Webhook-Topic",
    body_fixed=True,
    # WooCommerce disables a webhook after five failures and never sends an event again.
    retry_window=0,
    weakness="The headers with the event's id and topic are not signed.",
    sample_type="order.created",
)

HOOKDECK = Provider(
    name="hookdeck",
    title="Hookdeck",
    # https://hookdeck.com/docs/authentication: the second header holds the new secret's signature.
    scheme=Keyed(header="x-hookdeck-signature", more_headers=("x-hookdeck-signature-2",), encoding="base64"),
    # It relays any body: two equal ones are two events.
    identity="none",
    event_id="header:x-hookdeck-event-id",
    event_type=None,
    body_fixed=True,
    weakness="The header with the event's id is not signed.",
)

DOCUSIGN = Provider(
    name="docusign",
    title="DocuSign Connect",
    # https://developers.docusign.com/platform/webhooks/connect/hmac/: one header for each active
    # key. The key looks like base64 and is used as it is.
    scheme=Keyed(
        header="X-DocuSign-Signature-1",
        more_headers=tuple(f"X-DocuSign-Signature-{number}" for number in range(2, 101)),
        encoding="base64",
    ),
    identity="signed",
    event_id=(
        "json:/data/envelopeId + json:/event + json:/generatedDateTime or json:/data/envelopeId + json:/event"
    ),
    event_type="json:/event",
    body_fixed=False,
    ack_deadline=100,
    key_name="a Connect key",
    sample_type="envelope-completed",
)

PROVIDERS = (
    SHOPIFY,
    LINE,
    ADYEN_PLATFORM,
    X_TWITTER,
    XERO,
    QUICKBOOKS,
    TYPEFORM,
    WOOCOMMERCE,
    HOOKDECK,
    DOCUSIGN,
)
