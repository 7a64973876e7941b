"""Handshakes that carry no signature: each answers with what anybody may know.

None of them computes an HMAC over a text of the caller's choosing that could pass for an event.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from webhooks.errors import Rejected
from webhooks.event import Delivery
from webhooks.forms import field, form_fields, query_fields, query_text
from webhooks.places import parse_json
from webhooks.providers.answers import LONGEST_ECHO, Answer, echo, echo_json
from webhooks.providers.preset import Provider
from webhooks.signatures import Options, Secret, Verified, verify
from webhooks.signatures.decoding import encode
from webhooks.signatures.odd.braintree import challenge_digest

_BRAINTREE = re.compile(r"[a-f0-9]{20,32}")
_CRC_TOKEN = re.compile(r"[A-Za-z0-9+/=_-]{1,200}")


class Call(NamedTuple):
    """One request that may be a handshake, with all that its answer may depend on."""

    provider: Provider
    delivery: Delivery
    secrets: Sequence[Secret]
    options: Options
    now: float

    def query(self, name: str) -> str | None:
        """Return a field of the query; None when it is absent or empty."""
        return field(query_fields(self.delivery), name) or None

    def is_call(self, *methods: str) -> bool:
        """Say whether the method is one of these."""
        return self.delivery.method in methods

    def document(self) -> Mapping[str, Any]:
        """Return the body as a JSON object; empty when it is none."""
        found = parse_json(self.delivery.body)
        return found if isinstance(found, dict) else {}

    def prove(self) -> Verified:
        """Return the proof that the request is signed, or raise `Rejected`."""
        if self.provider.scheme.needs_secret and not self.secrets:
            raise Rejected("signature_missing", "this source has no secret yet that could prove anything")
        return verify(self.provider, self.delivery, self.secrets, now=self.now, options=self.options)


Handshake = Callable[[Call], Answer | None]


def hub_challenge(call: Call) -> Answer | None:
    """Meta: repeat the number when the token is ours; 403 when it is not."""
    challenge = call.query("hub.challenge")
    if not call.is_call("GET") or call.query("hub.mode") != "subscribe" or challenge is None:
        return None
    _check_token(call)
    return echo(challenge)


def strava_challenge(call: Call) -> Answer | None:
    """Strava: the same question, answered in JSON."""
    challenge = call.query("hub.challenge")
    if not call.is_call("GET") or challenge is None or len(challenge) > LONGEST_ECHO:
        return None
    _check_token(call)
    return echo_json({"hub.challenge": challenge})


def websub_challenge(call: Call) -> Answer | None:
    """WebSub: confirm a topic that was asked for; refuse any other."""
    challenge = call.query("hub.challenge")
    if (
        not call.is_call("GET")
        or call.query("hub.mode") not in ("subscribe", "unsubscribe")
        or challenge is None
    ):
        return None
    topic = call.options.get("topic")
    if topic is not None and call.query("hub.topic") != topic:
        return Answer(status=404, note="a hub asked about a topic that is not this source's")
    return echo(challenge)


def dropbox_challenge(call: Call) -> Answer | None:
    """Dropbox: repeat the challenge as plain text that no browser sniffs at."""
    challenge = call.query("challenge")
    return echo(challenge) if call.is_call("GET") and challenge is not None else None


def onfleet_check(call: Call) -> Answer | None:
    """Onfleet: repeat the value of `check`."""
    check = call.query("check")
    return echo(check) if call.is_call("GET") and check is not None else None


def graph_validation(call: Call) -> Answer | None:
    """Microsoft Graph: repeat the token, decoded, as plain text."""
    token = call.query("validationToken")
    return echo(token) if call.is_call("POST", "GET") and token is not None else None


def okta_verification(call: Call) -> Answer | None:
    """Okta: repeat the header's value in JSON."""
    challenge = call.delivery.header("X-Okta-Verification-Challenge")
    if not call.is_call("GET") or not challenge or len(challenge) > LONGEST_ECHO:
        return None
    return echo_json({"verification": challenge})


def eventgrid_validation(call: Call) -> Answer | None:
    """Azure Event Grid: repeat the code of a validation event; of CloudEvents see `cloudevents_options`."""
    if call.is_call("OPTIONS"):
        return cloudevents_options(call)
    if not call.is_call("POST") or call.delivery.header("aeg-event-type") != "SubscriptionValidation":
        return None
    events = parse_json(call.delivery.body)
    first = events[0] if isinstance(events, list) and events else None
    data = first.get("data") if isinstance(first, dict) else None
    code = data.get("validationCode") if isinstance(data, dict) else None
    if not isinstance(code, str) or len(code) > LONGEST_ECHO:
        return None
    return echo_json({"validationResponse": code})


def cloudevents_options(call: Call) -> Answer | None:
    """CloudEvents: let an origin in."""
    origin = call.delivery.header("WebHook-Request-Origin")
    if not call.is_call("OPTIONS") or not origin:
        return None
    allowed = call.options.get("allowed_origin")
    if not _is_plain(origin) or (allowed is not None and origin != allowed):
        raise Rejected("handshake_refused", "this origin is not let in")
    rate = call.delivery.header("WebHook-Request-Rate") or "*"
    rate = rate if rate.isascii() and rate.isdigit() else "*"
    names = (("Allow", "POST, OPTIONS"), ("WebHook-Allowed-Origin", origin), ("WebHook-Allowed-Rate", rate))
    return Answer(headers=names)


def monday_challenge(call: Call) -> Answer | None:
    """monday.com: repeat a body that is a challenge and nothing else."""
    document = call.document()
    challenge = document.get("challenge")
    if not call.is_call("POST") or set(document) != {"challenge"} or not isinstance(challenge, str):
        return None
    return echo_json({"challenge": challenge}) if len(challenge) <= LONGEST_ECHO else None


def ebay_challenge(call: Call) -> Answer | None:
    """EBay: a hash over the challenge, our token and the URL as it was given to eBay."""
    code = call.query("challenge_code")
    if not call.is_call("GET") or code is None:
        return None
    token = call.options.get("verification_token")
    if not isinstance(token, str) or not token:
        raise Rejected("handshake_refused", "no verification_token is configured for this source")
    endpoint = call.options.get("endpoint_url") or call.delivery.url.partition("?")[0]
    text = f"{code}{token}{endpoint}".encode("utf-8", "surrogatepass")
    return echo_json({"challengeResponse": hashlib.sha256(text).hexdigest()})


def braintree_challenge(call: Call) -> Answer | None:
    """Braintree: an HMAC over 20 to 32 hex digits, which no payload consists of."""
    challenge = call.query("bt_challenge")
    if not call.is_call("GET") or challenge is None:
        return None
    keys = call.secrets[0] if call.secrets else None
    if not _BRAINTREE.fullmatch(challenge) or not isinstance(keys, Mapping):
        raise Rejected("handshake_refused", "bt_challenge is not 20 to 32 hex digits")
    digest = challenge_digest(keys["private_key"], challenge)
    return echo(f"{keys['public_key']}|{digest.hex()}")


def x_crc(call: Call) -> Answer | None:
    """X: an HMAC over the token, which is no JSON object and so no event."""
    token = call.query("crc_token")
    if not call.is_call("GET") or token is None:
        return None
    if call.delivery.header("x-twitter-webhooks-signature"):
        call.prove()
    secret = call.secrets[0] if call.secrets else None
    if not _CRC_TOKEN.fullmatch(token) or not isinstance(secret, str):
        raise Rejected("handshake_refused", "crc_token is not a token of X's form")
    digest = hmac.digest(secret.encode(), token.encode(), "sha256")
    return echo_json({"response_token": "sha256=" + encode(digest, "base64")})


def reachable(call: Call) -> Answer | None:
    """Trello, Mandrill, Intercom and Unisender Go: HEAD or GET asks whether anybody is there."""
    return Answer() if call.is_call("HEAD", "GET") and not query_text(call.delivery.url) else None


def head_only(call: Call) -> Answer | None:
    """Answer HEAD, which some send before they save a URL."""
    return Answer() if call.is_call("HEAD") else None


def woocommerce_ping(call: Call) -> Answer | None:
    """WooCommerce: an unsigned form with the webhook's id, on creation."""
    fields = form_fields(call.delivery)
    unsigned = not call.delivery.header("X-WC-Webhook-Signature")
    is_ping = (
        fields is not None and len(fields) == 1 and fields[0][0] == "webhook_id" and fields[0][1].isdigit()
    )
    return Answer() if call.is_call("POST") and unsigned and is_ping else None


def _check_token(call: Call) -> None:
    wanted = call.options.get("verify_token")
    given = call.query("hub.verify_token") or ""
    if not isinstance(wanted, str) or not wanted:
        raise Rejected("handshake_refused", "no verify_token is configured for this source")
    if not hmac.compare_digest(given.encode("utf-8", "surrogatepass"), wanted.encode()):
        raise Rejected("handshake_refused", "hub.verify_token is not the configured one")


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable() and " " not in text and len(text) <= LONGEST_ECHO
