"""The provider `hmac`: a sender that nobody wrote code for."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

import pytest

from tests.support.config import settings_from
from tests.support.events import NOW
from tests.support.senders import URL, named, request
from webhooks.config import Source
from webhooks.errors import Rejected
from webhooks.providers.custom import custom_provider
from webhooks.providers.preset import Provider
from webhooks.providers.samples import sample
from webhooks.signatures import verify
from webhooks.signatures.keyed import Keyed

# The example of the documentation, to the letter.
ORDERS = """
[sources.orders]
provider = "hmac"
secrets = ["${ORDERS_SECRET}"]
signature = { header = "X-Orders-Signature", prefix = "sha256=", algorithm = "sha256", encoding = "hex", \
signed = "{timestamp}.{body}", timestamp_header = "X-Orders-Timestamp", tolerance = 300 }
event_id = "header:X-Orders-Id"
event_type = "json:/type"
"""
SECRET = "orders-secret-of-the-tests"
BODY = b'{"type": "order.paid", "total": 12}'


@pytest.fixture
def orders() -> Source:
    return settings_from(ORDERS, ORDERS_SECRET=SECRET).sources["orders"]


def headers(*, stamp: int = int(NOW), body: bytes = BODY) -> dict[str, str]:
    digest = hmac.new(SECRET.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return {
        "X-Orders-Signature": f"sha256={digest}",
        "X-Orders-Timestamp": str(stamp),
        "X-Orders-Id": "order-7",
    }


def test_the_documented_example_proves_and_names_an_event(orders: Source) -> None:
    delivery = request(tuple(headers().items()), BODY)
    verify(orders.provider, delivery, orders.secret_values, now=NOW)
    name = named("orders", orders.provider, delivery)
    assert (name.id, name.type) == ("orders:order-7", "order.paid")


def test_its_tolerance_is_the_configured_one(orders: Source) -> None:
    delivery = request(tuple(headers(stamp=int(NOW) - 301).items()), BODY)
    with pytest.raises(Rejected, match="timestamp_stale"):
        verify(orders.provider, delivery, orders.secret_values, now=NOW)


def test_an_id_in_a_header_that_is_not_signed_is_remembered_with_the_body(orders: Source) -> None:
    assert orders.provider.identity == "unsigned"


def made(event_id: str | None = None, event_type: str | None = None, /, **signature: Any) -> Provider:
    return custom_provider(
        "orders", {"header": "X-Sig"} | signature, event_id=event_id, event_type=event_type
    )


def test_an_id_in_a_header_that_is_signed_is_trusted() -> None:
    provider = made("header:X-Id", signed="{header:x-id}.{body}")
    assert provider.identity == "signed"


def test_an_id_in_the_body_is_under_the_signature() -> None:
    assert made("json:/id").identity == "signed"


def test_without_an_id_the_body_names_the_event() -> None:
    assert made().identity == "body"


def test_a_timestamp_may_be_a_field_and_in_milliseconds() -> None:
    provider = made(field="v1", signed="{timestamp}{body}", timestamp_field="t", timestamp_unit="ms")
    assert isinstance(provider.scheme, Keyed)
    assert provider.scheme.timestamp is not None
    assert (provider.scheme.timestamp.field, provider.scheme.timestamp.unit) == ("t", "ms")


@pytest.mark.parametrize(
    ("signature", "complaint"),
    [
        ({"heder": "X"}, "unknown key 'heder'; known: header,"),
        ({"header": ""}, "header must name"),
        ({"header": 5}, "header must be text, got 5"),
        ({"algorithm": "md5"}, "algorithm must be one of"),
        ({"signed": "{timestamp}"}, "must contain {body}"),
        ({"signed": "{timestamp}.{body}"}, "timestamp_header or timestamp_field"),
        ({"timestamp_header": "X-Time"}, "add {timestamp} to signed"),
        ({"tolerance": 300}, "tolerance needs timestamp_header, timestamp_field"),
        ({"tolerance": "300"}, "tolerance must be a number of seconds"),
        ({"tolerance": True}, "tolerance must be a number of seconds"),
        ({"timestamp_header": "X-Time", "tolerance": 0}, "more than 0 seconds"),
        ({"timestamp_header": "X-Time", "tolerance": float("nan")}, "more than 0 seconds"),
        ({"timestamp_header": "X-Time", "tolerance": 10**400}, "tolerance must be a number of seconds"),
        ({"timestamp_header": "X-Time", "timestamp_unit": "us"}, "timestamp_unit must be one of s, ms"),
        ({"timestamp_unit": "ms"}, "needs timestamp_header, timestamp_field"),
    ],
)
def test_an_impossible_description_is_refused_with_the_reason(
    signature: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the text is compared below, braces and all
        made(**signature)
    assert complaint in str(caught.value)


@pytest.mark.parametrize("key", ["event_id", "event_type"])
def test_a_place_that_is_none_is_refused_by_its_key(key: str) -> None:
    places: dict[str, Any] = {"event_id": None, "event_type": None, key: "X-Id"}
    with pytest.raises(ValueError, match=f"{key} 'X-Id' names no place"):
        custom_provider("orders", {"header": "X-Sig"}, **places)


def test_a_sample_carries_the_headers_that_name_it() -> None:
    provider = made("header:X-Id", "header:X-Type")
    found = sample(provider, url=URL, event_id="o1", now=NOW, event_type="paid")
    assert found.headers == (("Content-Type", "application/json"), ("X-Id", "o1"), ("X-Type", "paid"))
