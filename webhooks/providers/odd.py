"""Providers with a way of their own, most of them with the signature in the body."""

from __future__ import annotations

from webhooks.providers.preset import DAY, HOUR, MINUTE, Batch, Provider
from webhooks.signatures.canonical.hygraph import hygraph_text
from webhooks.signatures.canonical.inngest import inngest_texts
from webhooks.signatures.keyed import Keyed
from webhooks.signatures.odd.adyen import Adyen
from webhooks.signatures.odd.braintree import Braintree
from webhooks.signatures.odd.unisender import Unisender
from webhooks.signatures.odd.vonage_sms import VonageSms
from webhooks.signatures.timestamps import Timestamp

FORM = "application/x-www-form-urlencoded"

ADYEN = Provider(
    name="adyen",
    title="Adyen",
    # https://docs.adyen.com/development-resources/webhooks/verify-hmac-signatures/
    scheme=Adyen(),
    identity="signed",
    event_id="json:/pspReference + json:/eventCode",
    event_type="json:/eventCode",
    # A later notification of one payment and code may carry newer additional data.
    body_fixed=False,
    batch=Batch(items="/notificationItems/*/NotificationRequestItem"),
    retry_window=30 * DAY,
    ack_deadline=10,
    weakness="Eight fields of each item are signed, its date, reason and other additional data are not.",
    key_name="the HMAC key, in hex",
    # Accounts with the older setting retry without it.
    reply="[accepted]",
    key_example='"${ADYEN_HMAC_KEY}"',
    sample_body=(
        '{{"live": "false", "notificationItems": [{{"NotificationRequestItem": {{"eventCode": "{type}", '
        '"success": "true", "pspReference": "{id}", "merchantAccountCode": "SampleMerchant", '
        '"merchantReference": "sample", "amount": {{"value": 1130, "currency": "EUR"}}}}}}]}}'
    ),
    sample_type="AUTHORISATION",
)

BRAINTREE = Provider(
    name="braintree",
    title="Braintree",
    # https://developer.paypal.com/braintree/docs/guides/webhooks/parse
    scheme=Braintree(),
    identity="body",
    event_id=None,
    event_type="form:bt_payload > base64 > xml:kind",
    body_fixed=True,
    retry_window=DAY,
    ack_deadline=30,
    weakness="SHA-1; nothing stronger is sent.",
    key_name="a public and private key",
    key_example='{ public_key = "sample_public_key", private_key = "${BRAINTREE_PRIVATE_KEY}" }',
    # <notification><kind>check</kind></notification>
    sample_body="bt_payload=PG5vdGlmaWNhdGlvbj48a2luZD5jaGVjazwva2luZD48L25vdGlmaWNhdGlvbj4%3D%0A",
    sample_media=FORM,
    sample_type="check",
)

VONAGE_SMS_SIG = Provider(
    name="vonage_sms_sig",
    title="Vonage SMS API (signed)",
    # https://developer.vonage.com/en/getting-started/concepts/signing-messages
    scheme=VonageSms(),
    identity="signed",
    event_id=(
        "form:messageId + form:status or form:messageId or query:messageId + query:status or query:messageId "
        "or json:/messageId + json:/status or json:/messageId"
    ),
    event_type="form:status or form:type or query:status or query:type or json:/status or json:/type",
    body_fixed=False,
    retry_window=DAY,
    weakness="With the method md5 or sha1 no better than that hash.",
    key_name="the signature method and secret of the account",
    key_example='{ method = "sha256", secret = "${VONAGE_SIGNATURE_SECRET}" }',
    sample_body="messageId={id}&msisdn=15550100&to=15550101&text=hi&type={type}",
    sample_media=FORM,
    sample_type="text",
)

DROPBOX_SIGN = Provider(
    name="dropbox_sign",
    title="Dropbox Sign",
    # https://developers.hellosign.com/docs/events/walkthrough/#event-hash-verification
    scheme=Keyed(
        place="form:json > json:/event/event_hash",
        signed="{form:json > json:/event/event_time}{form:json > json:/event/event_type}",
        covers_body=False,
    ),
    identity="signed",
    event_id="form:json > json:/event/event_hash",
    event_type="form:json > json:/event/event_type",
    body_fixed=True,
    retry_window=DAY,
    ack_deadline=30,
    # Without these words the callback counts as failed.
    reply="Hello API Event Received",
    weakness="Time and type of the event are signed, nothing else: ask the API what has happened.",
    key_name="the API key",
    sample_body="json=%7B%22event%22%3A%7B%22event_time%22%3A%22{now}%22%2C%22event_type%22%3A%22{type}%22%7D%7D",
    sample_media=FORM,
    sample_type="signature_request_sent",
)

MAILGUN = Provider(
    name="mailgun",
    title="Mailgun",
    # https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks
    scheme=Keyed(
        place="json:/signature/signature",
        signed="{timestamp}{json:/signature/token}",
        covers_body=False,
        timestamp=Timestamp(place="json:/signature/timestamp", tolerance=15 * MINUTE),
    ),
    identity="unsigned",
    event_id="json:/event-data/id or json:/signature/token",
    event_type="json:/event-data/event",
    body_fixed=False,
    retry_window=8 * HOUR,
    weakness="Time and a token are signed, the event is not: who captured a request can send another.",
    key_name="the HTTP webhook signing key",
    sample_body=(
        '{{"signature": {{"token": "{id}"}}, '
        '"event-data": {{"id": "{id}", "event": "{type}", "timestamp": {now}, "tags": []}}}}'
    ),
    sample_type="delivered",
)

MAILGUN_FORM = Provider(
    name="mailgun_form",
    title="Mailgun (forms)",
    # Inbound routes and the legacy webhooks.
    scheme=Keyed(
        place="form:signature",
        signed="{timestamp}{form:token}",
        covers_body=False,
        timestamp=Timestamp(place="form:timestamp", tolerance=15 * MINUTE),
    ),
    identity="signed",
    event_id="form:token",
    event_type="form:event",
    body_fixed=False,
    retry_window=8 * HOUR,
    weakness="Time and a token are signed, the message is not: who captured a request can send another.",
    key_name="the HTTP webhook signing key",
    sample_body="token={id}&event={type}&recipient=sample%40example.com",
    sample_media=FORM,
    sample_type="delivered",
)

UNISENDER_GO = Provider(
    name="unisender_go",
    title="Unisender Go",
    # https://godocs.unisender.ru/web-api-ref#callback-format
    scheme=Unisender(),
    identity="body",
    event_id=None,
    event_type="json:/events_by_user/0/events/0/event_name",
    body_fixed=True,
    weakness="A plain MD5 over the body with the API key in it, not an HMAC.",
    key_name="the API key",
    sample_body=(
        '{{"auth": "", "events_by_user": [{{"events": [{{"event_name": "{type}", "id": "{id}"}}]}}]}}'
    ),
    sample_type="transactional_email_status",
)

INNGEST = Provider(
    name="inngest",
    title="Inngest",
    # https://www.inngest.com/docs/platform/signing-keys; no limit is documented.
    scheme=Keyed(
        header="X-Inngest-Signature",
        field="s",
        separator="&",
        key="inngest",
        signed=inngest_texts,
        timestamp=Timestamp(field="t", tolerance=DAY, future=300),
    ),
    identity="body",
    event_id=None,
    event_type=None,
    body_fixed=True,
    key_name="the signing key",
    secret_prefix="signkey-",  # noqa: S106 - the public prefix, not a secret
)

HYGRAPH = Provider(
    name="hygraph",
    title="Hygraph",
    # https://hygraph.com/docs/api-reference/basics/webhooks; no limit is documented.
    scheme=Keyed(
        header="gcms-signature",
        field="sign",
        separator=", ",
        encoding="base64",
        signed=hygraph_text,
        timestamp=Timestamp(field="t", unit="ms", tolerance=DAY, future=300),
    ),
    # $.data.id names an entry, which is changed many times.
    identity="body",
    event_id=None,
    event_type="json:/operation",
    body_fixed=True,
    sample_type="publish",
)

PROVIDERS = (
    ADYEN,
    BRAINTREE,
    VONAGE_SMS_SIG,
    DROPBOX_SIGN,
    MAILGUN,
    MAILGUN_FORM,
    UNISENDER_GO,
    INNGEST,
    HYGRAPH,
)
