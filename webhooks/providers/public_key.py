"""Providers that sign with a private key; what a source configures is public, or no key at all."""

from __future__ import annotations

from webhooks.providers.preset import DAY, MINUTE, Batch, Provider, Setting
from webhooks.signatures.apple import AppStore
from webhooks.signatures.certificate import PayPal, Sns
from webhooks.signatures.fetched_key import Ebay, Plaid, TrueLayer
from webhooks.signatures.public_key import PublicKey
from webhooks.signatures.timestamps import Timestamp

SENDGRID = Provider(
    name="sendgrid",
    title="Twilio SendGrid",
    # https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features
    # No limit is documented, so that of its retries is used, twice over.
    scheme=PublicKey(
        header="X-Twilio-Email-Event-Webhook-Signature",
        algorithm="p256_sha256",
        key="spki",
        encoding="base64",
        signed="{timestamp}{body}",
        timestamp=Timestamp(header="X-Twilio-Email-Event-Webhook-Timestamp", tolerance=2 * DAY, future=300),
    ),
    identity="signed",
    event_id="json:/sg_event_id",
    event_type="json:/event",
    body_fixed=True,
    batch=Batch(items="/*"),
    retry_window=DAY,
    key_name="the verification key, base64",
    key_example='"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE..."',
    sample_body='[{{"sg_event_id": "{id}", "event": "{type}", "timestamp": {now}}}]\r\n',
    sample_type="delivered",
)

DISCORD = Provider(
    name="discord",
    title="Discord",
    # https://docs.discord.com/developers/interactions/overview#setting-up-an-endpoint
    scheme=PublicKey(
        header="X-Signature-Ed25519",
        signed="{timestamp}{body}",
        timestamp=Timestamp(header="X-Signature-Timestamp", tolerance=15 * MINUTE, future=300),
    ),
    identity="signed",
    event_id="json:/id",
    event_type="json:/event/type or json:/type",
    body_fixed=True,
    # Back-off ends after ten minutes.
    retry_window=10 * MINUTE,
    ack_deadline=3,
    key_name="the application's public key, hex",
    key_example='"3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29"',
    sample_body='{{"id": "{id}", "type": 2, "version": 1, "event": {{"type": "{type}"}}}}',
    sample_type="APPLICATION_AUTHORIZED",
)

TELNYX = Provider(
    name="telnyx",
    title="Telnyx",
    # https://developers.telnyx.com/docs/messaging/messages/receiving-webhooks#webhook-signing
    scheme=PublicKey(
        header="telnyx-signature-ed25519",
        key="ed25519_base64",
        encoding="base64",
        signed="{timestamp}|{body}",
        timestamp=Timestamp(header="telnyx-timestamp", tolerance=300),
    ),
    identity="signed",
    event_id="json:/data/id",
    event_type="json:/data/event_type",
    # meta.attempt counts up.
    body_fixed=False,
    ack_deadline=2,
    key_name="the account's public key, base64",
    key_example='"O2onvM62pC1io6jQKm8Nc2UyFXcd4kOmOsBIoYtZ2ik="',
    sample_type="message.received",
)

POSTAL = Provider(
    name="postal",
    title="Postal",
    # https://docs.postalserver.io/developer/webhooks
    scheme=PublicKey(header="X-Postal-Signature", algorithm="rsa_sha1", key="spki", encoding="base64"),
    identity="signed",
    event_id="json:/uuid",
    event_type="json:/event",
    body_fixed=True,
    weakness="SHA-1 under RSA; nothing stronger is looked at.",
    key_name="the public key of the server's DKIM record, base64",
    key_example='"MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQ..."',
    sample_type="MessageSent",
)

PAYPAL = Provider(
    name="paypal",
    title="PayPal",
    # https://developer.paypal.com/api/rest/webhooks/rest/
    scheme=PayPal(),
    identity="signed",
    event_id="json:/id",
    event_type="json:/event_type",
    body_fixed=False,
    retry_window=3 * DAY,
    ack_deadline=30,
    weakness="Of the body only a CRC-32 is signed: to a captured request a body can be crafted that fits.",
    key_name="the webhook's id",
    key_example='"4JH86294D6297924G"',
    sample_type="PAYMENT.SALE.COMPLETED",
)

AWS_SNS = Provider(
    name="aws_sns",
    title="Amazon SNS",
    # https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
    scheme=Sns(),
    identity="signed",
    event_id="json:/MessageId",
    event_type="json:/Type",
    body_fixed=False,
    # 50 immediate and backed-off attempts, then one every 20 s, for 23 days in all.
    retry_window=23 * DAY,
    ack_deadline=15,
    weakness="SHA-1 unless the topic has SignatureVersion 2. Old messages are taken: SNS retries for weeks.",
    key_name="the topic's ARN",
    key_example='"arn:aws:sns:us-east-1:123456789012:MyTopic"',
    sample_body='{{"Type": "Notification", "MessageId": "{id}", "Message": "Hello", "UnsubscribeURL": ""}}',
    sample_media="text/plain; charset=UTF-8",
    sample_type="Notification",
)

EBAY = Provider(
    name="ebay",
    title="eBay",
    # https://developer.ebay.com/api-docs/commerce/notification/overview.html
    scheme=Ebay(),
    identity="signed",
    event_id="json:/notification/notificationId",
    event_type="json:/metadata/topic",
    # publishAttemptCount counts up.
    body_fixed=False,
    ack_deadline=3,
    weakness="ECDSA with SHA-1.",
    settings=(
        Setting(name="verification_token", about="the token given to eBay, for its handshake"),
        Setting(name="endpoint_url", about="the endpoint's URL as given to eBay, for its handshake"),
    ),
    key_name="none: eBay's public keys are fetched by their id",
    sample_type="MARKETPLACE_ACCOUNT_DELETION",
)

PLAID = Provider(
    name="plaid",
    title="Plaid",
    # https://plaid.com/docs/api/webhooks/webhook-verification/
    scheme=Plaid(),
    # item_id and webhook_code come again, in equal bodies, with every change.
    identity="none",
    event_id=None,
    event_type="json:/webhook_type + json:/webhook_code",
    body_fixed=True,
    retry_window=DAY,
    ack_deadline=10,
    key_name="none: Plaid's public keys are fetched by their id",
    sample_body='{{"webhook_type": "TRANSACTIONS", "webhook_code": "DEFAULT_UPDATE", "item_id": "{id}"}}',
)

TRUELAYER = Provider(
    name="truelayer",
    title="TrueLayer",
    # https://docs.truelayer.com/docs/webhooks
    scheme=TrueLayer(),
    identity="signed",
    signs_url=True,
    event_id="json:/event_id",
    event_type="json:/event_type or json:/type",
    body_fixed=True,
    retry_window=3 * DAY,
    ack_deadline=10,
    settings=(
        Setting(
            name="sandbox", flag=True, about="whether the sandbox's keys are taken too; false when not set"
        ),
    ),
    key_name="none: TrueLayer's key set is fetched from its known address",
    sample_type="payment_executed",
)

APPLE_APPSTORE = Provider(
    name="apple_appstore",
    title="App Store Server Notifications",
    # https://developer.apple.com/documentation/appstoreservernotifications/responsebodyv2
    scheme=AppStore(),
    identity="signed",
    event_id="json:/signedPayload > jwt:/notificationUUID",
    event_type=(
        "json:/signedPayload > jwt:/notificationType + json:/signedPayload > jwt:/subtype "
        "or json:/signedPayload > jwt:/notificationType"
    ),
    # Each attempt is signed anew.
    body_fixed=False,
    # Five attempts, the last of them three days after the fourth.
    retry_window=7 * DAY,
    key_name="Apple's root certificate and the application that is meant",
    key_example=(
        '{ root_certificate = "file:AppleRootCA-G3.pem", bundle_id = "com.example.app", '
        'environment = "Production", app_apple_id = "1234567890" }'
    ),
    sample_body='{{"notificationType": "{type}", "notificationUUID": "{id}", "version": "2.0"}}',
    sample_type="DID_RENEW",
)

PROVIDERS = (
    SENDGRID,
    DISCORD,
    TELNYX,
    POSTAL,
    PAYPAL,
    AWS_SNS,
    EBAY,
    PLAID,
    TRUELAYER,
    APPLE_APPSTORE,
)
