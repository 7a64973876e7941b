"""Providers as tests need them: any scheme as a provider, and signed deliveries."""

from __future__ import annotations

from dataclasses import dataclass

from tests.support.events import NOW
from webhooks.event import Delivery, Headers
from webhooks.providers.identity import Name, name_events
from webhooks.providers.preset import Provider
from webhooks.signatures import Signs, sign
from webhooks.signatures.keyed import Keyed

URL = "https://hooks.example.com/webhooks/in"
SECRET = "a-secret-of-the-tests"
OLD_SECRET = "the-secret-before-it"
BODY = b'{"id": "evt_1", "type": "invoice.paid"}'


@dataclass(frozen=True)
class Sender:
    """Whoever signs by `scheme`."""

    scheme: Keyed


def request(headers: Headers, body: bytes = BODY) -> Delivery:
    return Delivery(method="POST", url=URL, headers=headers, body=body, received_at=NOW)


def signed(
    sender: Signs,
    *,
    body: bytes = BODY,
    headers: Headers = (),
    secret: str = SECRET,
    now: float = NOW,
) -> Delivery:
    """A delivery as `sender` makes it."""
    return sign(sender, request(headers, body), secret, now=now)


def named(source: str, provider: Provider, found: Delivery) -> Name:
    """The name of the one event in a delivery."""
    (name,) = name_events(source, provider, found)
    return name
