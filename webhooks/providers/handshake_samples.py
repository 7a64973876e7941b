"""The handshakes that we can make as a provider would: for `hookline send --handshake` and the tests.

Not here: Asana's and Notion's, which tell a secret, and Amazon's, which only SNS can sign.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

from webhooks.event import Delivery, Headers
from webhooks.providers.preset import Provider
from webhooks.signatures import Options, Secret, sign

_TEST_KEY = "test-webhook"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a provider asks.

    Attributes:
        method: the HTTP method.
        query: the fields of the query.
        headers: the headers, the signature's aside.
        body: the body.
        signed: whether it is signed like an event.
        secret: what it is signed with, where that is not the source's secret.
    """

    method: str = "GET"
    query: tuple[tuple[str, str], ...] = ()
    headers: Headers = ()
    body: bytes = b""
    signed: bool = False
    secret: str | None = None


Maker = Callable[[str, Options], Question]
"""From a challenge of our choosing, 32 hex digits, and the source's options."""


def handshake_sample(
    provider: Provider, *, url: str, challenge: str, now: float, options: Options, secret: Secret | None
) -> Delivery | None:
    """Return a handshake as the provider sends it; None where it has none that we can make.

    Args:
        provider: who asks.
        url: the URL that is asked, and that a signature covers.
        challenge: what is to be repeated: 32 hex digits, which every provider's form allows.
        now: seconds since the epoch (UTC).
        options: the source's options, in which tokens of handshakes are.
        secret: what signs, where the handshake is signed; see `webhooks.signatures.sign`.

    Raises:
        ValueError: an option or the secret that the handshake needs is missing or cannot sign.
    """
    maker = MAKERS.get(provider.name)
    if maker is None:
        return None
    try:
        question = maker(challenge, options)
    except KeyError as missing:
        msg = f"the handshake needs the setting {missing}"
        raise ValueError(msg) from None
    query = "?" + urlencode(question.query) if question.query else ""
    draft = Delivery(
        method=question.method, url=url + query, headers=question.headers, body=question.body, received_at=now
    )
    if not question.signed:
        return draft
    held = question.secret or secret
    if held is None:
        msg = "the handshake is signed, and no secret is given"
        raise ValueError(msg)
    return sign(provider, draft, held, now=now, options=options)


def _query(*names: str) -> Maker:
    """Return the maker of a GET that carries the challenge under each of these names."""
    return lambda challenge, _options: Question(query=tuple((name, challenge) for name in names))


def _posted(content: Callable[[str], Any], *, signed: bool, headers: Headers = ()) -> Maker:
    """Return the maker of a POST with a JSON body."""
    return lambda challenge, _options: Question(
        method="POST",
        headers=(("Content-Type", "application/json"), *headers),
        body=json.dumps(content(challenge)).encode(),
        signed=signed,
    )


def _plain(method: str) -> Maker:
    return lambda _challenge, _options: Question(method=method)


def _hub(challenge: str, options: Options) -> Question:
    fields = (("hub.mode", "subscribe"), ("hub.challenge", challenge))
    return Question(query=(*fields, ("hub.verify_token", options["verify_token"])))


def _websub(challenge: str, options: Options) -> Question:
    topic = options.get("topic", "https://example.com/feed")
    return Question(query=(("hub.mode", "subscribe"), ("hub.topic", topic), ("hub.challenge", challenge)))


def _ebay(challenge: str, options: Options) -> Question:
    # Without its token the receiver could answer nothing.
    return Question(query=(("challenge_code", challenge),)) if options["verification_token"] else Question()


def _origin(challenge: str, options: Options) -> Question:
    origin = options.get("allowed_origin", "eventgrid.azure.net")
    return Question(method="OPTIONS", headers=(("WebHook-Request-Origin", origin),))


def _twitch(challenge: str, options: Options) -> Question:
    headers = (
        ("Content-Type", "application/json"),
        ("Twitch-Eventsub-Message-Id", challenge),
        ("Twitch-Eventsub-Message-Type", "webhook_callback_verification"),
    )
    body = json.dumps({"challenge": challenge, "subscription": {"id": challenge}}).encode()
    return Question(method="POST", headers=headers, body=body, signed=True)


def _mandrill(challenge: str, options: Options) -> Question:
    return Question(
        method="POST",
        headers=(("Content-Type", "application/x-www-form-urlencoded"),),
        body=b"mandrill_events=%5B%5D",
        signed=True,
        secret=_TEST_KEY,
    )


def _woocommerce(challenge: str, options: Options) -> Question:
    headers = (("Content-Type", "application/x-www-form-urlencoded"),)
    return Question(method="POST", headers=headers, body=b"webhook_id=1")


_NO_EVENTS = _posted(lambda _challenge: {"events": []}, signed=True)

MAKERS: Mapping[str, Maker] = MappingProxyType(
    {
        "asana": _NO_EVENTS,
        "azure_eventgrid": _posted(
            lambda challenge: [{"id": challenge, "data": {"validationCode": challenge}}],
            signed=False,
            headers=(("aeg-event-type", "SubscriptionValidation"),),
        ),
        "braintree": _query("bt_challenge"),
        "cloudevents": _origin,
        # The type of the ping that is sent when an endpoint for interactions is saved.
        "discord": _posted(lambda challenge: {"id": challenge, "type": 1, "version": 1}, signed=True),
        "dropbox": _query("challenge"),
        "ebay": _ebay,
        "intercom": _plain("HEAD"),
        "line": _posted(lambda challenge: {"destination": challenge, "events": []}, signed=True),
        "mandrill": _mandrill,
        "meta_whatsapp": _hub,
        "microsoft_graph": lambda challenge, _options: Question(
            method="POST", query=(("validationToken", challenge),)
        ),
        "monday": _posted(lambda challenge: {"challenge": challenge}, signed=False),
        "okta": lambda challenge, _options: Question(headers=(("X-Okta-Verification-Challenge", challenge),)),
        "onfleet": _query("check"),
        "slack": _posted(
            lambda challenge: {"type": "url_verification", "token": "legacy", "challenge": challenge},
            signed=True,
        ),
        "strava": _hub,
        "trello": _plain("HEAD"),
        "twitch": _twitch,
        "unisender_go": _plain("GET"),
        "websub": _websub,
        "woocommerce": _woocommerce,
        "x_twitter": _query("crc_token"),
        "xero": _NO_EVENTS,
        "zoom": _posted(
            lambda challenge: {"event": "endpoint.url_validation", "payload": {"plainToken": challenge}},
            signed=True,
        ),
    }
)
"""How each provider asks; `webhooks.providers.handshakes` has the answers."""
