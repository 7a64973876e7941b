"""Twilio, in the three ways in which it signs.

https://www.twilio.com/docs/usage/webhooks/webhooks-security
"""

from __future__ import annotations

from webhooks.event import Headers
from webhooks.providers.preset import Provider
from webhooks.signatures.canonical.twilio import SETTINGS, twilio_shared_key_texts, twilio_texts
from webhooks.signatures.keyed import Keyed
from webhooks.signatures.odd.twilio_json import WithBodyHash

_FORM_TYPE = "form:MessageStatus or form:SmsStatus or form:CallStatus or form:EventType"
# A call asks for instructions many times with equal fields: nothing in the form tells two of them apart.
_TOKEN = "header:I-Twilio-Idempotency-Token"  # noqa: S105 - the name of a header
_UNSIGNED = "The header with the event's id is not signed."


def _provider(
    name: str, title: str, scheme: Keyed, weakness: str, key_name: str, sample_headers: Headers = ()
) -> Provider:
    return Provider(
        name=name,
        title=title,
        scheme=scheme,
        identity="none",
        signs_url=True,
        event_id=_TOKEN,
        event_type=_FORM_TYPE,
        body_fixed=True,
        # Only a failed connection is tried again, within the fifteen seconds of the request.
        retry_window=15,
        ack_deadline=15,
        # Twilio takes the answer to a message or call for instructions: these do nothing.
        reply="<Response/>",
        reply_media="text/xml; charset=utf-8",
        weakness=weakness,
        key_name=key_name,
        sample_body="MessageSid=SM{id}&MessageStatus={type}&From=%2B15550100&To=%2B15550101",
        sample_headers=sample_headers,
        sample_media="application/x-www-form-urlencoded",
        sample_type="delivered",
    )


TWILIO = _provider(
    "twilio",
    "Twilio",
    Keyed(header="X-Twilio-Signature", algorithm="sha1", encoding="base64", signed=twilio_texts),
    f"SHA-1. {_UNSIGNED}",
    "the account's auth token",
)

TWILIO_SHAREDKEY = _provider(
    "twilio_sharedkey",
    "Twilio (shared key)",
    Keyed(header="X-Twilio-Signature", encoding="base64", signed=twilio_shared_key_texts),
    _UNSIGNED,
    "the shared key",
    sample_headers=((SETTINGS, "key=webhooks_sharedkey_sample,algorithm=HMAC_SHA256"),),
)

TWILIO_JSON = Provider(
    name="twilio_json",
    title="Twilio (JSON bodies)",
    # The URL carries the body's hash in bodySHA256 and is signed.
    scheme=WithBodyHash(
        header="X-Twilio-Signature", algorithm="sha1", encoding="base64", signed=twilio_texts
    ),
    identity="none",
    signs_url=True,
    event_id=f"{_TOKEN} or json:/id",
    event_type="json:/type or json:/EventType",
    body_fixed=True,
    retry_window=15,
    ack_deadline=15,
    weakness=f"SHA-1. {_UNSIGNED}",
    key_name="the account's auth token",
)

PROVIDERS = (TWILIO, TWILIO_SHAREDKEY, TWILIO_JSON)
