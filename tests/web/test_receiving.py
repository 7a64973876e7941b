"""What is accepted, and how it is kept."""

from __future__ import annotations

import hashlib
import hmac
import json
import time

import pytest
import requests

from tests.support.life import number_stored
from tests.support.processes import Installation
from tests.support.raw_http import chunked, exchange, request
from tests.support.stripe_sender import make_body, post, signature
from webhooks.store.connection import RedisConnection
from webhooks.store.listing import find


def test_an_accepted_event_is_answered_with_its_id(
    receiver: Installation, connection: RedisConnection
) -> None:
    body = make_body(own_id="evt_first")
    answer = post(receiver.url, body)
    assert answer.status_code == 200
    assert answer.json() == {"status": "accepted", "id": "stripe:evt_first"}
    assert answer.headers["Content-Type"] == "application/json"


def test_a_second_delivery_is_a_duplicate_even_when_the_provider_changed_a_field(
    receiver: Installation, connection: RedisConnection
) -> None:
    first, second = make_body(own_id="evt_1", pending=2), make_body(own_id="evt_1", pending=1)
    assert post(receiver.url, first).json()["status"] == "accepted"
    assert post(receiver.url, second).json() == {"status": "duplicate", "id": "stripe:evt_1"}
    record = find(connection, "stripe:evt_1")
    assert record is not None
    assert record.event.body == first.encode()


@pytest.mark.parametrize("form", [request, chunked])
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x00\xff\xfe not text",
        b'{"id": NaN}',
        b'{"id": "\\ud800"}',
        b'{"id": ' + b"9" * 3000 + b"}",
        b"[" * 3000,
        "\ufeff{}".encode(),
        '{"id": "x"}'.encode("utf-16"),
        b'{"a": 1, "a": 2}\r\n',
    ],
)
def test_a_proven_body_is_stored_byte_for_byte_whatever_is_in_it(
    receiver: Installation, connection: RedisConnection, form: object, body: bytes
) -> None:
    stamp = int(time.time())
    mac = hmac.new(b"whsec_fake_for_tests", f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    raw = form(body, Stripe_Signature=f"t={stamp},v1={mac}")  # type: ignore[operator]
    answer = exchange(receiver.port, raw)
    assert answer.status == 200
    record = find(connection, json.loads(answer.body)["id"])
    assert record is not None
    assert record.event.body == body


def test_headers_are_kept_in_their_order_and_with_their_repeats(
    receiver: Installation, connection: RedisConnection
) -> None:
    body = make_body(own_id="evt_headers")
    raw = request(body.encode(), Stripe_Signature=signature(body), X_B="1", X_A="2")
    raw = raw.replace(b"X-A: 2", b"X-A: 2\r\nX-B: 3")
    assert exchange(receiver.port, raw).status == 200
    record = find(connection, "stripe:evt_headers")
    assert record is not None
    mine = [(name, value) for name, value in record.event.headers if name in ("X-A", "X-B")]
    assert mine == [("X-B", "1"), ("X-A", "2"), ("X-B", "3")]


def test_a_github_delivery_is_named_by_its_headers(
    receiver: Installation, connection: RedisConnection
) -> None:
    body = b'{"zen": "Design for failure."}'
    mac = hmac.new(b"fake-github-secret", body, hashlib.sha256).hexdigest()
    headers = {"X-Hub-Signature-256": f"sha256={mac}", "X-GitHub-Event": "push", "X-GitHub-Delivery": "d-1"}
    answer = requests.post(f"{receiver.url}/webhooks/github", data=body, headers=headers, timeout=5)
    assert answer.json() == {"status": "accepted", "id": "github:d-1"}
    again = requests.post(
        f"{receiver.url}/webhooks/github",
        data=body,
        headers={**headers, "X-GitHub-Delivery": "d-2"},
        timeout=5,
    )
    assert again.json() == {"status": "duplicate", "id": "github:d-1"}


def test_another_body_under_a_github_delivery_is_a_conflict_and_both_are_kept(
    receiver: Installation, connection: RedisConnection
) -> None:
    outcomes = []
    for body in (b'{"ref": "a"}', b'{"ref": "b"}'):
        mac = hmac.new(b"fake-github-secret", body, hashlib.sha256).hexdigest()
        headers = {
            "X-Hub-Signature-256": f"sha256={mac}",
            "X-GitHub-Event": "push",
            "X-GitHub-Delivery": "d-9",
        }
        answer = requests.post(f"{receiver.url}/webhooks/github", data=body, headers=headers, timeout=5)
        assert answer.status_code == 200
        outcomes.append(answer.json()["status"])
    assert outcomes == ["accepted", "conflict"]
    assert number_stored(connection) == 2


def test_a_source_described_in_toml_alone_is_verified_and_named(
    receiver: Installation, connection: RedisConnection
) -> None:
    body, stamp = b'{"type": "order.placed"}', str(int(time.time()))
    mac = hmac.new(b"fake-orders-secret", f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    headers = {
        "X-Orders-Signature": f"sha256={mac}",
        "X-Orders-Timestamp": stamp,
        "X-Orders-Id": "o-17",
    }
    answer = requests.post(f"{receiver.url}/webhooks/orders", data=body, headers=headers, timeout=5)
    assert answer.json() == {"status": "accepted", "id": "orders:o-17"}
    record = find(connection, "orders:o-17")
    assert record is not None
    assert record.event.type == "order.placed"


def test_a_forged_request_does_not_claim_an_id(receiver: Installation, connection: RedisConnection) -> None:
    body = make_body(own_id="evt_wanted")
    assert post(receiver.url, body, header=f"t=1,v1={'0' * 64}").status_code == 401
    assert post(receiver.url, body).json()["status"] == "accepted"
