"""What events are called: single ones, batches, and bodies that nobody can read."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webhooks.event import Delivery
from webhooks.providers.batches import MOST_EVENTS
from webhooks.providers.catalog import PROVIDERS
from webhooks.providers.custom import custom_provider
from webhooks.providers.identity import name_events


def deliver(body: Any, *headers: tuple[str, str]) -> Delivery:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Delivery(method="POST", url="https://h.example/in", headers=headers, body=data, received_at=0)


def named(provider: str, body: Any, *headers: tuple[str, str]) -> list[tuple[str, str, Any]]:
    names = name_events("s", PROVIDERS[provider], deliver(body, *headers))
    return [(name.id, name.type, json.loads(name.body)) for name in names]


BATCHES = [
    (
        "sendgrid",
        [{"sg_event_id": "a", "event": "open"}, {"sg_event_id": "b", "event": "click"}],
        [("a", "open"), ("b", "click")],
    ),
    (
        "hubspot_v3",
        [
            {"eventId": 1, "subscriptionType": "contact.creation"},
            {"eventId": 2, "subscriptionType": "deal.deletion"},
        ],
        [("1", "contact.creation"), ("2", "deal.deletion")],
    ),
    (
        "adyen",
        {
            "notificationItems": [
                {"NotificationRequestItem": {"pspReference": r, "eventCode": "C"}} for r in "ab"
            ]
        },
        [("a.C", "C"), ("b.C", "C")],
    ),
    (
        "line",
        {"destination": "U", "events": [{"webhookEventId": "w1", "type": "message"}]},
        [("w1", "message")],
    ),
    (
        "gocardless",
        {"events": [{"id": "EV1", "resource_type": "mandates", "action": "created"}], "meta": {}},
        [("EV1", "mandates.created")],
    ),
    (
        "xero",
        {
            "events": [
                {"resourceId": "r", "eventDateUtc": "d", "eventType": "UPDATE", "eventCategory": "CONTACT"}
            ]
        },
        [("r.d.UPDATE", "CONTACT.UPDATE")],
    ),
    ("mailtrap", {"events": [{"event_id": "m1", "event": "open"}]}, [("m1", "open")]),
]


@pytest.mark.parametrize(("provider", "body", "expected"), BATCHES, ids=[batch[0] for batch in BATCHES])
def test_each_item_of_a_batch_is_an_event(provider: str, body: Any, expected: list[tuple[str, str]]) -> None:
    found = named(provider, body)
    assert [(event_id, kind) for event_id, kind, _ in found] == [(f"s:{own}", kind) for own, kind in expected]


def test_an_item_keeps_its_values_and_loses_its_blanks() -> None:
    (name,) = name_events(
        "s", PROVIDERS["sendgrid"], deliver(b'[ {"sg_event_id": "\xc3\xa9", "n": 1.50, "l": [ 1 ]} ]')
    )
    assert name.body == '{"sg_event_id":"é","n":1.5,"l":[1]}'.encode()


def test_meta_is_narrowed_to_one_message_or_status_at_a_time() -> None:
    value = {
        "metadata": {"phone_number_id": "p"},
        "messages": [{"id": "m1"}, {"id": "m2"}],
        "statuses": [{"id": "m0", "status": "read"}],
    }
    changes = [{"field": "messages", "value": value}, {"field": "account_update", "value": {"x": 1}}]
    found = named("meta_whatsapp", {"object": "o", "entry": [{"id": "e", "changes": changes}]})
    assert [event_id for event_id, _, _ in found[:3]] == ["s:m1", "s:m2", "s:m0.read"]
    assert found[0][2]["value"] == {**value, "messages": [{"id": "m1"}], "statuses": []}
    assert found[2][2]["value"] == {**value, "messages": [], "statuses": value["statuses"]}
    assert found[3][1] == "account_update"
    assert found[3][0].startswith("s:sha256-")


def test_mandrill_sends_its_batch_in_a_form() -> None:
    body = b"mandrill_events=%5B%7B%22_id%22%3A%22a%22%2C%22event%22%3A%22send%22%2C%22ts%22%3A1%7D%5D"
    ((event_id, kind, _),) = named("mandrill", body, ("Content-Type", "application/x-www-form-urlencoded"))
    assert (event_id, kind) == ("s:a.send.1", "send")


def test_items_without_an_id_are_told_apart_by_where_they_stood() -> None:
    found = named("sendgrid", [{"event": "open"}, {"event": "open"}])
    assert len({event_id for event_id, _, _ in found}) == 2
    assert found == named("sendgrid", [{"event": "open"}, {"event": "open"}])


def test_an_item_that_comes_twice_is_one_event() -> None:
    assert len(named("sendgrid", [{"sg_event_id": "a"}, {"sg_event_id": "a"}])) == 1
    assert len(named("sendgrid", [{"sg_event_id": "a"}, {"sg_event_id": "a", "x": 1}])) == 2


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b"nonsense", b"[[]]", b"[" * 100_000, b'{"events": {"a": 1}}']
)
def test_what_is_no_batch_is_one_event(body: bytes) -> None:
    for provider in ("sendgrid", "line", "adyen", "meta_whatsapp"):
        (name,) = name_events("s", PROVIDERS[provider], deliver(body))
        assert name.body == body or provider == "sendgrid"


def test_too_large_a_batch_is_one_event() -> None:
    assert len(named("sendgrid", [{"n": n} for n in range(MOST_EVENTS + 1)])) == 1


def test_equal_bodies_without_identity_are_two_events() -> None:
    assert named("dropbox", {"a": 1})[0][0] != named("dropbox", {"a": 1})[0][0]
    assert named("zoom", {"a": 1})[0][0] == named("zoom", {"a": 1})[0][0]


def test_an_id_beside_equal_bodies_is_taken_when_it_is_sent() -> None:
    found = [
        named("qstash", {"a": 1}, ("Upstash-Message-Id", message))[0][0] for message in ("m1", "m1", "m2")
    ]
    assert found == ["s:m1", "s:m1", "s:m2"]
    (name,) = name_events("s", PROVIDERS["qstash"], deliver({"a": 1}, ("Upstash-Message-Id", "m1")))
    assert not name.remember_body
    assert named("plaid", {"a": 1})[0][0] != named("plaid", {"a": 1})[0][0]


def test_a_compressed_body_is_stored_plain() -> None:
    (name,) = name_events("s", PROVIDERS["getstream"], deliver(gzip.compress(b'{"type": "message.new"}')))
    assert (name.type, name.body) == ("message.new", b'{"type": "message.new"}')


def test_a_source_of_its_own_can_send_batches() -> None:
    provider = custom_provider(
        "orders", {"header": "X-Sig"}, event_id="json:/orders/*/id", event_type="json:/kind"
    )
    names = name_events(
        "s", provider, deliver({"orders": [{"id": 1, "kind": "new"}, {"id": 2, "kind": "gone"}]})
    )
    assert [(name.id, name.type) for name in names] == [("s:1", "new"), ("s:2", "gone")]


@given(
    st.recursive(st.none() | st.integers() | st.text(), lambda v: st.lists(v) | st.dictionaries(st.text(), v))
)
def test_any_json_is_named(value: Any) -> None:
    for name, provider in PROVIDERS.items():
        if provider.batch is not None:
            assert name_events("s", provider, deliver(value)), name
