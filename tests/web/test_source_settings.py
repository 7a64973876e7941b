"""What a source configures, through the whole application: secrets with dates, URLs, handshakes, batches."""

from __future__ import annotations

import gzip
import json

import pytest

from tests.signatures.credentials import NOW, credentials
from tests.support.life import number_stored, record_of
from tests.support.receiver import PUBLIC_URL, Receiver
from tests.support.servers import StoreServer
from webhooks.config import SourceSecret
from webhooks.event import Delivery
from webhooks.signatures import sign
from webhooks.signatures.fingerprint import fingerprint
from webhooks.store.connection import RedisConnection

DAY = 86400.0
OLD, NEW = "fake-old-secret", "fake-new-secret"


@pytest.fixture
def url(store_server: StoreServer, connection: RedisConnection) -> str:
    return store_server.url


def stored(connection: RedisConnection) -> int:
    return number_stored(connection)


def test_a_secret_proves_nothing_before_and_after_its_dates(url: str, connection: RedisConnection) -> None:
    dated = [
        SourceSecret(value=OLD, not_after=NOW + DAY),
        SourceSecret(value=NEW, not_before=NOW + DAY),
    ]
    receiver = Receiver("github", url, secrets=dated)
    outcomes = []
    for now in (NOW, NOW + DAY):
        receiver.now = now
        for secret in (OLD, NEW):
            delivery = receiver.sample(f"{now}-{secret}", signing=secret)
            outcomes.append(receiver.send(delivery).status_code)
    assert outcomes == [200, 401, 401, 200]


def test_a_source_whose_secrets_are_all_past_refuses_everything(url: str) -> None:
    receiver = Receiver("github", url, secrets=[SourceSecret(value=OLD, not_after=NOW)])
    answer = receiver.send(receiver.sample(signing=OLD))
    assert (answer.status_code, answer.json) == (
        401,
        {"error": {"code": "signature_mismatch", "message": "no secret of this source holds now"}},
    )


def test_each_use_of_a_secret_is_counted_by_its_fingerprint(url: str, connection: RedisConnection) -> None:
    receiver = Receiver("github", url, secrets=[NEW, OLD])
    for number in range(3):
        receiver.send(receiver.sample(f"n-{number}", signing=OLD))
    uses = connection.execute("HGETALL", "hookline:secrets:in")
    counted = dict(zip(uses[::2], uses[1::2], strict=True))
    assert counted[f"{fingerprint(OLD)}:count".encode()] == b"3"
    assert int(counted[f"{fingerprint(OLD)}:last".encode()]) > 0
    assert f"{fingerprint(NEW)}:count".encode() not in counted
    assert OLD.encode() not in b"".join(uses)


def test_the_public_url_is_what_a_signed_url_is_held_against(url: str) -> None:
    assert Receiver("twilio", url).send(Receiver("twilio", url).sample()).status_code == 200
    direct = Receiver("twilio", url, public_url=None)
    assert direct.send(direct.sample()).status_code == 401


def test_a_proxys_headers_are_believed_only_where_they_are_named(url: str) -> None:
    proxy = {"X_Forwarded_Proto": "https", "X_Forwarded_Host": "hooks.example.com"}
    believing = Receiver("twilio", url, public_url=None, forwarded=("X-Forwarded-Proto", "X-Forwarded-Host"))
    assert believing.send(believing.sample("a"), **proxy).status_code == 200
    doubting = Receiver("twilio", url, public_url=None)
    assert doubting.send(doubting.sample("b"), **proxy).status_code == 401


def test_a_batch_is_admitted_in_one_step_and_answered_once(url: str, connection: RedisConnection) -> None:
    receiver = Receiver("sendgrid", url)
    events = [{"sg_event_id": f"e-{number}", "event": "delivered"} for number in range(3)]
    plain = receiver.sample()._replace(body=json.dumps(events).encode(), headers=())
    delivery = sign("sendgrid", plain, receiver.credentials.signing, now=NOW)
    assert receiver.send(delivery).json == {"status": "accepted", "ids": ["in:e-0", "in:e-1", "in:e-2"]}
    assert receiver.send(delivery).json == {"status": "duplicate", "ids": ["in:e-0", "in:e-1", "in:e-2"]}
    assert stored(connection) == 3
    assert record_of(connection, "in:e-1").event.body == b'{"sg_event_id":"e-1","event":"delivered"}'


def test_a_handshake_is_answered_and_becomes_no_event(url: str, connection: RedisConnection) -> None:
    receiver = Receiver("slack", url)
    body = b'{"type": "url_verification", "challenge": "fake-challenge"}'
    plain = receiver.sample()._replace(body=body, headers=())
    answer = receiver.send(sign("slack", plain, receiver.credentials.signing, now=NOW))
    assert (answer.status_code, answer.data) == (200, b"fake-challenge")
    assert receiver.post(body).status_code == 401
    assert stored(connection) == 0


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE"])
@pytest.mark.parametrize("provider", ["stripe", "twilio"])
def test_a_method_that_is_no_handshake_does_not_say_whether_there_is_such_a_source(
    url: str, provider: str, method: str
) -> None:
    receiver = Receiver(provider, url)
    known, unknown = (receiver.client.open(f"/webhooks/{name}", method=method) for name in ("in", "nobody"))
    assert known.status_code in (404, 405)
    assert (known.status_code, known.data, known.headers) == (
        unknown.status_code,
        unknown.data,
        unknown.headers,
    )


def test_a_told_secret_is_kept_used_and_never_replaced(url: str, connection: RedisConnection) -> None:
    receiver = Receiver("notion", url, secrets=[])
    first, second = "secret_fake_first_token", "secret_fake_second_token"
    assert receiver.send(receiver.sample(signing=first)).status_code == 401
    assert receiver.post(json.dumps({"verification_token": first}).encode()).status_code == 200
    assert receiver.post(json.dumps({"verification_token": second}).encode()).status_code == 403
    assert receiver.send(receiver.sample("a", signing=first)).status_code == 200
    assert receiver.send(receiver.sample("b", signing=second)).status_code == 401
    assert stored(connection) == 1


def test_a_configured_secret_is_never_replaced_by_a_told_one(url: str) -> None:
    receiver = Receiver("notion", url, secrets=["secret_fake_configured"])
    assert receiver.post(b'{"verification_token": "secret_fake_told_later"}').status_code == 403
    assert receiver.send(receiver.sample(signing="secret_fake_configured")).status_code == 200


def test_a_subscription_that_cannot_be_confirmed_is_tried_again_later(url: str) -> None:
    given = credentials("aws_sns")
    body = {
        "Type": "SubscriptionConfirmation",
        "MessageId": "m-1",
        "TopicArn": given.secret,
        "Message": "confirm",
        "Token": "fake",
        "Timestamp": "2026-09-21T14:13:20.000Z",
        "SubscribeURL": "https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription&Token=fake",
    }
    asked: list[str] = []

    def fetch(url: str) -> bytes | None:
        asked.append(url)
        return given.options["fetch"](url) if url.endswith(".pem") else found

    plain = Delivery(
        method="POST", url=PUBLIC_URL, headers=(), body=json.dumps(body).encode(), received_at=NOW
    )
    delivery = sign("aws_sns", plain, given.signing, now=NOW, options=given.sign_options)
    receiver = Receiver("aws_sns", url, fetch=fetch)
    found: bytes | None = None
    assert receiver.send(delivery).status_code == 503
    found = b"<xml/>"
    assert receiver.send(delivery).status_code == 200
    assert asked[-1] == body["SubscribeURL"]


def test_a_provider_that_wants_an_empty_answer_gets_one_to_a_refusal_too(url: str) -> None:
    answer = Receiver("xero", url).post(b'{"events": []}')
    assert (answer.status_code, answer.data) == (401, b"")


def test_a_compressed_body_is_taken_only_from_who_compresses(url: str, connection: RedisConnection) -> None:
    receiver = Receiver("getstream", url)
    delivery = receiver.sample()
    packed = delivery._replace(body=gzip.compress(delivery.body))
    answer = receiver.send(packed, Content_Encoding="gzip")
    assert answer.status_code == 200
    assert record_of(connection, answer.json["id"]).event.body == delivery.body  # type: ignore[index]
    other = Receiver("github", url)
    assert other.send(other.sample(), Content_Encoding="gzip").status_code == 415


def test_the_time_to_the_answer_is_measured_against_the_providers_deadline(url: str) -> None:
    receiver = Receiver("github", url)
    receiver.send(receiver.sample())
    text = receiver.client.get("/metrics").text
    assert 'hookline_ack_deadline_share_count{source="in"}' in text
