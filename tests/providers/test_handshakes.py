"""Handshakes: the given rows, and what an unproven one must never do."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.signatures.credentials import NOW, credentials
from tests.vectors.handshakes import faults, handshake_setup
from tests.vectors.rows import Row, delivery_of, read_rows
from webhooks.errors import Rejected
from webhooks.event import Delivery
from webhooks.providers.answers import Answer
from webhooks.providers.catalog import PROVIDERS
from webhooks.providers.handshakes import HANDSHAKES, answer
from webhooks.providers.samples import sample
from webhooks.signatures import Secret, sign, verify

ROWS = list(read_rows(Path(__file__).parent.parent / "data" / "handshakes.jsonl"))
URL = "https://hooks.example.com/webhooks/in"


def answered(row: Row) -> Answer:
    """Return what a receiver answers, an ordinary delivery included."""
    secrets, options = handshake_setup(row)
    provider, delivery = PROVIDERS[row["provider"]], delivery_of(row)
    try:
        found = answer(provider, delivery, secrets, options, row["now"])
        if found is None:
            verify(provider, delivery, secrets, now=row["now"], options=options)
            found = Answer(body=(provider.reply or "").encode(), media=provider.reply_media)
    except Rejected as refusal:
        body = b"" if provider.reply == "" else json.dumps({"error": {"code": refusal.code}}).encode()
        found = Answer(status=refusal.status, body=body, media="application/json")
    return found


@pytest.mark.parametrize("row", ROWS, ids=[row["id"] for row in ROWS])
def test_each_row_is_answered_as_expected(row: Row) -> None:
    found = answered(row)
    headers = {name.lower(): value for name, value in (*found.headers, ("Content-Type", found.media or ""))}
    assert faults(row, status=found.status, body=found.body, headers=headers, fetched=found.fetch) == []


def call(name: str, delivery: Delivery, secrets: list[Secret] | None = None, **options: Any) -> Answer | None:
    held = credentials(name).secrets if secrets is None else secrets
    return answer(PROVIDERS[name], delivery, held, {**credentials(name).options, **options}, NOW)


def request(method: str = "GET", query: str = "", body: bytes = b"", **headers: str) -> Delivery:
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Delivery(method=method, url=URL + query, headers=named, body=body, received_at=NOW)


def signed(name: str, body: bytes, *headers: tuple[str, str]) -> Delivery:
    draft = Delivery(method="POST", url=URL, headers=headers, body=body, received_at=NOW)
    given_ = credentials(name)
    return sign(name, draft, given_.signing, now=NOW, options=given_.sign_options)


@pytest.mark.parametrize("name", sorted(HANDSHAKES))
def test_an_ordinary_delivery_is_no_handshake(name: str) -> None:
    given_ = credentials(name)
    draft = sample(PROVIDERS[name], url=URL, event_id="evt_1", now=NOW)
    delivery = sign(name, draft, given_.signing, now=NOW, options=given_.sign_options)
    assert call(name, delivery) is None


@pytest.mark.parametrize("name", ["slack", "zoom", "discord", "line", "xero"])
def test_a_signed_handshake_without_its_signature_is_refused(name: str) -> None:
    bodies = {
        "slack": {"type": "url_verification", "challenge": "c"},
        "zoom": {"event": "endpoint.url_validation", "payload": {"plainToken": "v0:1:{}"}},
        "discord": {"type": 1},
        "line": {"events": []},
        "xero": {"events": []},
    }
    body = json.dumps(bodies[name]).encode()
    with pytest.raises(Rejected):
        call(name, request("POST", body=body))
    found = call(name, signed(name, body))
    assert found is not None
    assert found.status == 200


def test_discord_event_webhooks_ask_with_zero() -> None:
    found = call("discord", signed("discord", b'{"version": 1, "type": 0}'))
    assert found == Answer(status=204)


def test_twitch_verification_and_revocation() -> None:
    kind = "Twitch-Eventsub-Message-Type"
    with_id = ("Twitch-Eventsub-Message-Id", "m1")
    told = signed("twitch", b'{"challenge": "abc"}', (kind, "webhook_callback_verification"), with_id)
    found = call("twitch", told)
    assert found is not None
    assert (found.status, found.body, found.media) == (200, b"abc", "text/plain; charset=utf-8")
    revoked = call("twitch", signed("twitch", b"{}", (kind, "revocation"), with_id))
    assert revoked is not None
    assert revoked.status == 204


@pytest.mark.parametrize(
    ("name", "header", "body"),
    [("asana", "X-Hook-Secret", b"{}"), ("notion", "X-Any", b'{"verification_token": "secret_fake_1234"}')],
)
def test_a_told_secret_is_learned_once_and_never_replaced(name: str, header: str, body: bytes) -> None:
    delivery = request("POST", body=body, **{header: "fake_secret_1234"})
    first = call(name, delivery, secrets=[])
    assert first is not None
    assert first.learned in ("fake_secret_1234", "secret_fake_1234")
    assert "fake" not in first.note
    with pytest.raises(Rejected, match="handshake_refused"):
        call(name, delivery)


def test_a_source_without_a_secret_proves_nothing() -> None:
    for name in ("asana", "slack", "zoom", "aws_sns"):
        bodies: dict[str, Any] = {
            "asana": {"events": []},
            "slack": {"type": "url_verification", "challenge": "c"},
            "zoom": {"event": "endpoint.url_validation", "payload": {"plainToken": "t"}},
            "aws_sns": {"Type": "SubscriptionConfirmation"},
        }
        with pytest.raises(Rejected, match="no secret yet"):
            call(name, request("POST", body=json.dumps(bodies[name]).encode()), secrets=[])
    assert PROVIDERS["asana"].tells_secret


def test_a_told_secret_with_line_ends_is_refused() -> None:
    with pytest.raises(Rejected, match="handshake_refused"):
        call("asana", request("POST", body=b"{}", X_Hook_Secret="fake_secret\r\nSet-Cookie: a=b"), secrets=[])


def test_meta_and_strava_want_the_right_token() -> None:
    for name, body in (("meta_whatsapp", b"42"), ("strava", b'{"hub.challenge": "42"}')):
        good = "?hub.mode=subscribe&hub.challenge=42&hub.verify_token=fake"
        found = call(name, request(query=good), verify_token="fake")
        assert found is not None
        assert found.body == body
        with pytest.raises(Rejected, match="handshake_refused"):
            call(name, request(query=good), verify_token="other")
        with pytest.raises(Rejected, match="handshake_refused"):
            call(name, request(query=good))


def test_x_answers_its_check_and_makes_no_oracle() -> None:
    found = call("x_twitter", request(query="?crc_token=abc"))
    assert found is not None
    token = json.loads(found.body)["response_token"]
    # What the check returns is an HMAC over the token; sent as an event it must not pass.
    replay = request("POST", body=b"abc", x_twitter_webhooks_signature=token)
    with pytest.raises(Rejected):
        verify("x_twitter", replay, credentials("x_twitter").secrets, now=NOW)
    for hostile in ("?crc_token=%7B%22a%22%3A1%7D", "?crc_token=" + "a" * 300):
        with pytest.raises(Rejected, match="handshake_refused"):
            call("x_twitter", request(query=hostile))
    with pytest.raises(Rejected, match="signature_m"):
        call("x_twitter", request(query="?crc_token=abc", x_twitter_webhooks_signature="sha256=AAAA"))


def test_braintree_answers_nothing_but_a_challenge() -> None:
    with pytest.raises(Rejected, match="handshake_refused"):
        call("braintree", request(query="?bt_challenge=PG5vdGlmaWNhdGlvbj4"))


def test_ebay_hashes_challenge_token_and_endpoint() -> None:
    found = call(
        "ebay", request(query="?challenge_code=a8628072"), verification_token="fake_token", endpoint_url=URL
    )
    assert found is not None
    expected = hashlib.sha256(f"a8628072fake_token{URL}".encode()).hexdigest()
    assert json.loads(found.body) == {"challengeResponse": expected}
    with pytest.raises(Rejected, match="handshake_refused"):
        call("ebay", request(query="?challenge_code=a8628072"))


def test_cloudevents_and_event_grid_let_an_origin_in() -> None:
    asked = request("OPTIONS", WebHook_Request_Origin="eventgrid.azure.net", WebHook_Request_Rate="120")
    for name in ("cloudevents", "azure_eventgrid"):
        found = call(name, asked)
        assert found is not None
        assert ("WebHook-Allowed-Origin", "eventgrid.azure.net") in found.headers
        assert ("WebHook-Allowed-Rate", "120") in found.headers
    with pytest.raises(Rejected, match="handshake_refused"):
        call("cloudevents", asked, allowed_origin="another.example")


def test_okta_and_websub() -> None:
    found = call("okta", request(X_Okta_Verification_Challenge="abc"))
    assert found is not None
    assert json.loads(found.body) == {"verification": "abc"}
    other = call("websub", request(query="?hub.mode=subscribe&hub.topic=b&hub.challenge=1"), topic="a")
    assert other is not None
    assert other.status == 404


def test_mandrill_takes_its_known_key_for_nothing_only() -> None:
    headers = (("Content-Type", "application/x-www-form-urlencoded"),)
    for body, taken in ((b"mandrill_events=%5B%5D", True), (b"mandrill_events=%5B%7B%7D%5D", False)):
        draft = Delivery(method="POST", url=URL, headers=headers, body=body, received_at=NOW)
        delivery = sign("mandrill", draft, "test-webhook", now=NOW)
        assert (call("mandrill", delivery) is not None) is taken
    assert call("mandrill", request("HEAD")) == Answer()


def test_woocommerce_ping_is_one_number() -> None:
    form = "application/x-www-form-urlencoded"
    assert call("woocommerce", request("POST", body=b"webhook_id=12", Content_Type=form)) == Answer()
    assert call("woocommerce", request("POST", body=b"webhook_id=12&a=b", Content_Type=form)) is None


def test_sns_subscribes_at_its_own_address_only() -> None:
    body = {
        "Type": "SubscriptionConfirmation",
        "MessageId": "1",
        "Message": "m",
        "Token": "t",
        "SubscribeURL": "https://evil.example/?Action=ConfirmSubscription",
    }
    with pytest.raises(Rejected, match="handshake_refused"):
        call("aws_sns", signed("aws_sns", json.dumps(body).encode()))
    body |= {"SubscribeURL": "https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription&Token=t"}
    found = call("aws_sns", signed("aws_sns", json.dumps(body).encode()))
    assert found is not None
    assert found.fetch == body["SubscribeURL"]


@pytest.mark.parametrize("name", sorted(HANDSHAKES))
@given(data=st.data())
@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_request_makes_a_handshake_fail(name: str, data: st.DataObject) -> None:
    names = "hub.mode hub.challenge hub.verify_token challenge check validationToken crc_token bt_challenge"
    query = data.draw(st.dictionaries(st.sampled_from(names.split()), st.text(max_size=20), max_size=3))
    keys = "type challenge event payload events verification_token Type data"
    values: st.SearchStrategy[Any] = st.sampled_from([None, 1, "a", [], {}, "url_verification", [{}], 0])
    body = data.draw(st.dictionaries(st.sampled_from(keys.split()), values, max_size=3))
    header = data.draw(
        st.sampled_from(["X-Hook-Secret", "aeg-event-type", "Twitch-Eventsub-Message-Type", "X-Any"])
    )
    delivery = Delivery(
        method=data.draw(st.sampled_from(["GET", "POST", "HEAD", "OPTIONS"])),
        url=URL + "?" + "&".join(f"{key}={value}" for key, value in query.items()),
        headers=((header, data.draw(st.text(st.characters(max_codepoint=255), max_size=9))),),
        body=json.dumps(body).encode(),
        received_at=NOW,
    )
    empty = name in ("asana", "notion") and data.draw(st.booleans())
    with suppress(Rejected):
        call(name, delivery, secrets=[] if empty else None)
