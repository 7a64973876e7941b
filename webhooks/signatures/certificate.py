"""Senders that name the URL of their certificate: Amazon SNS and PayPal.

https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
https://developer.paypal.com/api/rest/webhooks/rest/
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from webhooks.errors import Rejected
from webhooks.event import Delivery
from webhooks.places import parse_json
from webhooks.signatures.decoding import base64_bytes, encode
from webhooks.signatures.fetching import allowed_url, fetched, untrusted
from webhooks.signatures.lazy import asymmetric, certificates
from webhooks.signatures.scheme import (
    NO_OPTIONS,
    Options,
    Scheme,
    Secret,
    Verified,
    malformed,
    mismatch,
    required_header,
    text_secret,
    with_body,
    with_headers,
)
from webhooks.signatures.timestamps import Timestamp, check_age, rfc3339_seconds

_SNS_HOST = re.compile(r"sns\.[a-z]{2}(?:-[a-z]+)+-[0-9]\.amazonaws\.com(?:\.cn)?")
_SNS_PATH = re.compile(r"/[A-Za-z0-9_-]+\.pem")
_SNS_ALGORITHMS = {"1": "rsa_sha1", "2": "rsa_sha256"}
_SNS_KEYS = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": (
        "Message",
        "MessageId",
        "SubscribeURL",
        "Timestamp",
        "Token",
        "TopicArn",
        "Type",
    ),
    "UnsubscribeConfirmation": (
        "Message",
        "MessageId",
        "SubscribeURL",
        "Timestamp",
        "Token",
        "TopicArn",
        "Type",
    ),
}
_TOPIC = re.compile(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_.-]+")

# The sandbox's too: what is signed names the webhook, and PayPal gives no two webhooks one id.
_PAYPAL_HOSTS = ("api.paypal.com", "api.sandbox.paypal.com", "api-m.paypal.com", "api-m.sandbox.paypal.com")
_PAYPAL_PATH = re.compile(r"/v1/notifications/certs/[A-Za-z0-9_-]+")
# PayPal tries again for three days and documents no limit.
_PAYPAL_TIME = Timestamp(header="PAYPAL-TRANSMISSION-TIME", unit="rfc3339", tolerance=4 * 86400, future=300)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sns(Scheme):
    """A secret is the ARN of a topic: anybody can make SNS sign for a topic of their own.

    Old messages are taken, since SNS tries for weeks with the time of publishing. Signing takes
    the options `private_key` (PEM) and `cert_url`.
    """

    def check_secret(self, secret: Secret) -> None:
        """Raise `ValueError` when the secret is no topic's ARN."""
        if not _TOPIC.fullmatch(text_secret(secret)):
            msg = "a secret of aws_sns is the ARN of a topic: arn:aws:sns:<region>:<account>:<name>"
            raise ValueError(msg)

    def verify(
        self, delivery: Delivery, secrets: Sequence[Secret], *, now: float, options: Options = NO_OPTIONS
    ) -> Verified:
        """Prove a message and its topic, or raise `Rejected`."""
        message = _message(delivery.body)
        text = sns_text(message)
        version = message.get("SignatureVersion")
        algorithm = _SNS_ALGORITHMS.get(version) if isinstance(version, str) else None
        signature = base64_bytes(message["Signature"]) if isinstance(message.get("Signature"), str) else None
        time = rfc3339_seconds(message["Timestamp"])
        if algorithm is None or signature is None:
            raise malformed("Signature or SignatureVersion is not what SNS sends")
        if time is None:
            raise Rejected("timestamp_malformed", "Timestamp is not an RFC 3339 time")
        url = allowed_url(message.get("SigningCertURL"), host=_is_sns_host, path=_SNS_PATH)
        # The topic before the certificate: a stranger's message must not make us fetch anything.
        topics = [text_secret(secret) for secret in secrets]
        if message["TopicArn"] not in topics:
            raise mismatch("TopicArn", "a configured topic")
        _check_signature(url, algorithm, signature, text, now=now, options=options)
        check_age(time, now, past=None, future=3600)
        return Verified(secret=topics.index(message["TopicArn"]), timestamp=time)

    def sign(
        self, delivery: Delivery, secret: Secret, *, now: float, options: Options = NO_OPTIONS
    ) -> Delivery:
        """Return the delivery with the message signed for the topic at `now`."""
        message = dict(_message(delivery.body))
        time = Timestamp(header="-", unit="rfc3339").write(now).replace("Z", ".000Z")
        message |= {
            "Type": message.get("Type", "Notification"),
            "TopicArn": text_secret(secret),
            "Timestamp": time,
        }
        message |= {"SignatureVersion": "2", "SigningCertURL": options["cert_url"]}
        signature = asymmetric().sign(options["private_key"], "rsa_sha256", sns_text(message))
        message["Signature"] = encode(signature, "base64")
        return with_body(delivery, json.dumps(message).encode())


@dataclass(frozen=True, slots=True, kw_only=True)
class PayPal(Scheme):
    """A secret is the id of a webhook; of the body only a CRC-32 is signed.

    Signing takes the options `private_key` (PEM) and `cert_url`.
    """

    def check_secret(self, secret: Secret) -> None:
        """Raise `ValueError` when the webhook's id is empty."""
        text_secret(secret)

    def verify(
        self, delivery: Delivery, secrets: Sequence[Secret], *, now: float, options: Options = NO_OPTIONS
    ) -> Verified:
        """Prove a delivery, or raise `Rejected`."""
        signature = base64_bytes(required_header(delivery, "PAYPAL-TRANSMISSION-SIG"))
        if signature is None:
            raise malformed("header PAYPAL-TRANSMISSION-SIG is not base64")
        if required_header(delivery, "PAYPAL-AUTH-ALGO") != "SHA256withRSA":
            raise malformed("header PAYPAL-AUTH-ALGO must be SHA256withRSA")
        stamp = _PAYPAL_TIME.text(delivery, None)
        time = _PAYPAL_TIME.seconds(stamp)
        url = allowed_url(
            required_header(delivery, "PAYPAL-CERT-URL"), host=_PAYPAL_HOSTS.__contains__, path=_PAYPAL_PATH
        )
        key = _certified_key(url, now=now, options=options)
        for position, secret in enumerate(secrets):
            if asymmetric().proves(
                key, "rsa_sha256", signature, paypal_text(delivery, stamp, text_secret(secret))
            ):
                _PAYPAL_TIME.check(time, now)
                return Verified(secret=position, timestamp=time)
        raise mismatch("header PAYPAL-TRANSMISSION-SIG")

    def sign(
        self, delivery: Delivery, secret: Secret, *, now: float, options: Options = NO_OPTIONS
    ) -> Delivery:
        """Return the delivery as signed for the webhook at `now`."""
        stamp = _PAYPAL_TIME.write(now)
        draft = with_headers(
            delivery,
            ("PAYPAL-TRANSMISSION-ID", delivery.header("PAYPAL-TRANSMISSION-ID") or "00000000-sample"),
            ("PAYPAL-TRANSMISSION-TIME", stamp),
            ("PAYPAL-AUTH-ALGO", "SHA256withRSA"),
            ("PAYPAL-CERT-URL", options["cert_url"]),
        )
        text = paypal_text(draft, stamp, text_secret(secret))
        signature = asymmetric().sign(options["private_key"], "rsa_sha256", text)
        return with_headers(draft, ("PAYPAL-TRANSMISSION-SIG", encode(signature, "base64")))


def sns_text(message: Mapping[str, Any]) -> bytes:
    """Return what SNS signs of a message: names and values of its type's fields, a line each."""
    kind = message.get("Type")
    names = _SNS_KEYS.get(kind) if isinstance(kind, str) else None
    if names is None:
        raise malformed("Type is none of those that SNS sends")
    lines = []
    for name in names:
        value = message.get(name)
        if value is None and name == "Subject":
            continue
        if not isinstance(value, str):
            raise malformed(f"{name}, which is part of what is signed, is missing or no text")
        lines.append(f"{name}\n{value}\n")
    return "".join(lines).encode("utf-8", "surrogatepass")


def paypal_text(delivery: Delivery, stamp: str, webhook_id: str) -> bytes:
    """Return what PayPal signs: id and time of the transmission, the webhook, a checksum of the body."""
    transmission = required_header(delivery, "PAYPAL-TRANSMISSION-ID")
    return f"{transmission}|{stamp}|{webhook_id}|{zlib.crc32(delivery.body)}".encode("utf-8", "surrogatepass")


def _message(body: bytes) -> Mapping[str, Any]:
    document = parse_json(body)
    if not isinstance(document, dict):
        raise malformed("the body is not a JSON object")
    return document


def _is_sns_host(host: str) -> bool:
    return _SNS_HOST.fullmatch(host) is not None


def _certified_key(url: str, *, now: float, options: Options) -> Any:
    tools = certificates()
    found = tools.certificate(fetched(url, options))
    if found is None or not tools.in_force(found, now):
        raise untrusted("what is at the certificate's URL is no certificate that is valid now")
    return tools.public_key_of(found)


def _check_signature(
    url: str, algorithm: str, signature: bytes, text: bytes, *, now: float, options: Options
) -> None:
    key = _certified_key(url, now=now, options=options)
    if not asymmetric().proves(key, algorithm, signature, text):
        raise Rejected(
            "signature_mismatch", "Signature does not match the message under the named certificate"
        )
