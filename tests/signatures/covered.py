"""What each scheme signs, told apart from how it is verified: what of a request may not change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from webhooks.event import Delivery
from webhooks.forms import form_fields, query_fields
from webhooks.places import Reader, parse_json
from webhooks.signatures.envelope import Envelope

Reading = Callable[[Delivery], Any]
"""What of a request is signed: two requests with the same reading are the same to the sender."""


def covered(name: str, scheme: Any) -> tuple[tuple[str, ...], Reading]:
    """Return the headers that count for a provider, and what else of the request does."""
    if name in _SPECIAL:
        return _SPECIAL[name]
    for inner in ("scheme", "shared", "public"):
        scheme = getattr(scheme, inner, scheme)
    scheme = getattr(scheme, "schemes", [scheme])[0]
    assert isinstance(scheme, Envelope), name
    headers = [scheme.header]
    if scheme.timestamp is not None and scheme.timestamp.header is not None:
        headers.append(scheme.timestamp.header)
    headers += [name for kind, name in scheme.parts if kind == "header"]
    signs_url = ("url", "") in scheme.parts
    return tuple(headers), lambda d: (d.body, d.url if signs_url else "")


def _after_host(url: str) -> str:
    return url.partition("://")[2].partition("/")[2]


def _places(*places: str) -> Reading:
    return lambda d: [Reader(d)(place) for place in places]


def _json_parts(*pointers: str) -> Reading:
    def read(delivery: Delivery) -> Any:
        document = parse_json(delivery.body)
        if not isinstance(document, dict):
            return None
        return [document.get(pointer) for pointer in pointers]

    return read


def _adyen(delivery: Delivery) -> Any:
    prefix = "json:/notificationItems/0/NotificationRequestItem"
    names = ("pspReference", "originalReference", "merchantAccountCode", "merchantReference")
    more = ("amount/value", "amount/currency", "eventCode", "success", "additionalData/hmacSignature")
    return _places(*(f"{prefix}/{part}" for part in (*names, *more)))(delivery)


def _sorted_fields(delivery: Delivery) -> Any:
    fields = form_fields(delivery)
    return None if fields is None else sorted(fields)


_TOKEN_NAMES = ("json:/signature/timestamp", "json:/signature/token", "json:/signature/signature")
_SNS_NAMES = (
    "Message",
    "MessageId",
    "Timestamp",
    "TopicArn",
    "Type",
    "Signature",
    "SigningCertURL",
    "SignatureVersion",
)
_PAYPAL_NAMES = ("TRANSMISSION-ID", "TRANSMISSION-TIME", "TRANSMISSION-SIG", "CERT-URL", "AUTH-ALGO")

_SPECIAL: dict[str, tuple[tuple[str, ...], Reading]] = {
    "adyen": ((), _adyen),
    "apple_appstore": ((), _json_parts("signedPayload")),
    "atlassian_connect": (
        ("Authorization",),
        lambda d: (
            d.url.partition("://")[2].partition("?")[0].partition("/")[2].rstrip("/"),
            query_fields(d),
        ),
    ),
    "aws_sns": ((), _json_parts(*_SNS_NAMES)),
    "braintree": ((), lambda d: sorted(form_fields(d) or [])),
    "contentful": (
        ("x-contentful-signature", "x-contentful-timestamp"),
        lambda d: (d.body, _after_host(d.url)),
    ),
    "dropbox_sign": (
        (),
        _places(*(f"form:json > json:/event/{part}" for part in ("event_time", "event_type", "event_hash"))),
    ),
    "ebay": (("x-ebay-signature",), lambda d: d.body),
    "figma": ((), _json_parts("passcode")),
    "fusionauth": (("X-FusionAuth-Signature-JWT",), lambda d: d.body),
    "gitlab": (("X-Gitlab-Token",), lambda _: None),
    "inngest": (("X-Inngest-Signature",), lambda d: parse_json(d.body)),
    "livekit": (("Authorization",), lambda d: d.body),
    "mailgun": ((), _places(*_TOKEN_NAMES)),
    "mailgun_form": ((), _places("form:timestamp", "form:token", "form:signature")),
    "mandrill": (("X-Mandrill-Signature",), lambda d: (d.url, _sorted_fields(d))),
    "mercadopago": (("x-signature", "x-request-id"), lambda d: dict(query_fields(d) or []).get("data.id")),
    "messagebird": (("MessageBird-Signature-JWT",), lambda d: (d.body, d.url)),
    "netlify": (("X-Webhook-Signature",), lambda d: d.body),
    "paypal": (tuple(f"PAYPAL-{name}" for name in _PAYPAL_NAMES), lambda d: d.body),
    "plaid": (("Plaid-Verification",), lambda d: d.body),
    "plivo_v2": (("X-Plivo-Signature-V2", "X-Plivo-Signature-V2-Nonce"), lambda d: d.url.partition("?")[0]),
    "plivo_v3": (
        ("X-Plivo-Signature-V3", "X-Plivo-Signature-V3-Nonce"),
        lambda d: (d.url.partition("?")[0], sorted(query_fields(d) or []), _sorted_fields(d)),
    ),
    "pusher": (("X-Pusher-Key", "X-Pusher-Signature"), lambda d: d.body),
    "qstash": (("Upstash-Signature",), lambda d: (d.body, d.url)),
    "telegram": (("X-Telegram-Bot-Api-Secret-Token",), lambda _: None),
    "truelayer": (
        ("Tl-Signature", "X-Tl-Webhook-Timestamp"),
        lambda d: (d.body, _after_host(d.url).partition("?")[0]),
    ),
    "twilio": (("X-Twilio-Signature",), lambda d: (d.url, _sorted_fields(d))),
    "twilio_sharedkey": (("X-Twilio-Signature",), lambda d: (d.url, _sorted_fields(d))),
    "twilio_json": (("X-Twilio-Signature",), lambda d: (d.url, d.body)),
    "azure_eventgrid": ((), lambda d: dict(query_fields(d) or []).get("code")),
    "cloudevents": (("Authorization",), lambda _: None),
    "microsoft_graph": ((), lambda d: [Reader(d)("json:/value/0/clientState")]),
    "monday": (("Authorization",), lambda _: None),
    "okta": (("Authorization",), lambda _: None),
    "strava": ((), _json_parts("subscription_id")),
    "unisender_go": ((), lambda d: d.body),
    "vonage": (("Authorization",), lambda d: d.body),
    "vonage_sms_sig": (
        (),
        # Its signature is accepted in either case of hex.
        lambda d: sorted((n, v.lower() if n == "sig" else v) for n, v in form_fields(d) or []),
    ),
}
