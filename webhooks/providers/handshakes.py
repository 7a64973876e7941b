"""Challenges and verification requests: `answer` says what to answer, or that it is an ordinary delivery.

Those without a signature are in `challenges`; here are those that are signed, or tell a secret.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from webhooks.errors import Rejected
from webhooks.event import Delivery
from webhooks.forms import field, form_fields
from webhooks.providers import challenges
from webhooks.providers.answers import Answer, echo, echo_json
from webhooks.providers.challenges import Call, Handshake
from webhooks.providers.preset import Provider
from webhooks.signatures import Options, Secret, verify

_SNS_URL = re.compile(r"https://sns\.[a-z]{2}(?:-[a-z]+)+-[0-9]\.amazonaws\.com(?:\.cn)?/\?[!-~]+")
_TOLD = re.compile(r"[!-~]{8,256}")
_MANDRILL_TEST_KEY = "test-webhook"


def answer(
    provider: Provider, delivery: Delivery, secrets: Sequence[Secret], options: Options, now: float
) -> Answer | None:
    """Return the answer to a handshake, or None when the request is an ordinary delivery.

    Args:
        provider: whose source was called.
        delivery: the request, of any method.
        secrets: the source's secrets; may be empty only before a provider has told us one.
        options: the source's options.
        now: our clock, in seconds since the epoch (UTC).

    Raises:
        Rejected: a handshake that is not proven, or that this source does not take.
    """
    handshake = HANDSHAKES.get(provider.name)
    if handshake is None:
        return None
    return handshake(Call(provider=provider, delivery=delivery, secrets=secrets, options=options, now=now))


def _slack(call: Call) -> Answer | None:
    document = call.document()
    challenge = document.get("challenge")
    if document.get("type") != "url_verification" or not isinstance(challenge, str):
        return None
    call.prove()
    return echo(challenge)


def _zoom(call: Call) -> Answer | None:
    document = call.document()
    payload = document.get("payload")
    token = payload.get("plainToken") if isinstance(payload, dict) else None
    if document.get("event") != "endpoint.url_validation" or not isinstance(token, str):
        return None
    key = str(call.secrets[call.prove().secret]).encode()
    digest = hmac.digest(key, token.encode("utf-8", "surrogatepass"), "sha256")
    return echo_json({"plainToken": token, "encryptedToken": digest.hex()})


def _discord(call: Call) -> Answer | None:
    document = call.document()
    if "event" in document or document.get("type") not in (0, 1):
        return None
    call.prove()
    # Interactions ask with 1 and want it back; event webhooks ask with 0 and want nothing.
    return echo_json({"type": 1}) if document["type"] == 1 else Answer(status=204)


def _twitch(call: Call) -> Answer | None:
    kind = call.delivery.header("Twitch-Eventsub-Message-Type")
    if kind not in ("webhook_callback_verification", "revocation"):
        return None
    call.prove()
    if kind == "revocation":
        return Answer(status=204, note="Twitch has revoked a subscription of this source")
    challenge = call.document().get("challenge")
    return echo(challenge) if isinstance(challenge, str) else None


def _no_events(call: Call) -> Answer | None:
    """LINE, Xero and Asana: a signed batch of nothing is a check or a heartbeat."""
    if not call.is_call("POST") or call.document().get("events") != []:
        return None
    call.prove()
    return Answer()


def _asana(call: Call) -> Answer | None:
    told = call.delivery.header("X-Hook-Secret")
    if not told or call.delivery.header("X-Hook-Signature"):
        return _no_events(call)
    told = _told(call, told)
    return Answer(
        headers=(("X-Hook-Secret", told),), learned=told, note="Asana has told the secret of a webhook"
    )


def _notion(call: Call) -> Answer | None:
    told = call.document().get("verification_token")
    if call.delivery.header("X-Notion-Signature") or not isinstance(told, str):
        return None
    return Answer(learned=_told(call, told), note="Notion has told its verification token")


def _told(call: Call, told: str) -> str:
    """Return a secret that was told; refuse it when the source has one, which it must never replace."""
    if call.secrets:
        raise Rejected(
            "handshake_refused", "this source has a secret already: make another source for another webhook"
        )
    if not _TOLD.fullmatch(told):
        raise Rejected("handshake_refused", "what was told is no secret of this provider's form")
    return told


def _mandrill(call: Call) -> Answer | None:
    """Mandrill: its test has no events, and is signed with a key that everybody knows."""
    if not call.is_call("POST"):
        return challenges.reachable(call)
    if field(form_fields(call.delivery), "mandrill_events") != "[]":
        return None
    verify(call.provider, call.delivery, [*call.secrets, _MANDRILL_TEST_KEY], now=call.now)
    return Answer()


def _sns(call: Call) -> Answer | None:
    document = call.document()
    kind = document.get("Type")
    if kind not in ("SubscriptionConfirmation", "UnsubscribeConfirmation"):
        return None
    call.prove()
    if kind == "UnsubscribeConfirmation":
        return Answer(note="SNS has ended the subscription of this source")
    url: Any = document.get("SubscribeURL")
    if not _SNS_URL.fullmatch(url):
        raise Rejected("handshake_refused", "SubscribeURL is not an address of SNS")
    return Answer(fetch=url, note="SNS asks to confirm a subscription; its URL is fetched")


HANDSHAKES: Mapping[str, Handshake] = MappingProxyType(
    {
        "asana": _asana,
        "aws_sns": _sns,
        "azure_eventgrid": challenges.eventgrid_validation,
        "braintree": challenges.braintree_challenge,
        "cloudevents": challenges.cloudevents_options,
        "discord": _discord,
        "dropbox": challenges.dropbox_challenge,
        "ebay": challenges.ebay_challenge,
        "intercom": challenges.head_only,
        "line": _no_events,
        "mandrill": _mandrill,
        "meta_whatsapp": challenges.hub_challenge,
        "microsoft_graph": challenges.graph_validation,
        "monday": challenges.monday_challenge,
        "notion": _notion,
        "okta": challenges.okta_verification,
        "onfleet": challenges.onfleet_check,
        "slack": _slack,
        "strava": challenges.strava_challenge,
        "trello": challenges.reachable,
        "twitch": _twitch,
        "unisender_go": challenges.reachable,
        "websub": challenges.websub_challenge,
        "woocommerce": challenges.woocommerce_ping,
        "x_twitter": challenges.x_crc,
        "xero": _no_events,
        "zoom": _zoom,
    }
)
"""Who has a handshake. The pings of GitHub, Figma and PagerDuty are signed events like any other."""
