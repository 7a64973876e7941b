"""Every row of the error contract, over a real socket against the real gunicorn."""

from __future__ import annotations

import hashlib
import hmac
import time

import pytest

from tests.support.life import number_stored
from tests.support.processes import Installation
from tests.support.raw_http import chunked, exchange, request
from tests.support.stripe_sender import make_body, signature
from tests.web.conftest import LIMIT
from webhooks.store.connection import RedisConnection


def stored(connection: RedisConnection) -> int:
    found: int = number_stored(connection)
    return found


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (None, "signature_missing"),
        ("", "signature_missing"),
        ("nonsense", "signature_malformed"),
        ("t={now},v1=é", "signature_malformed"),
        ("t={now},v1={zeros}", "signature_mismatch"),
        ("t=1_0,v1={zeros}", "timestamp_malformed"),
        ("v1={zeros}", "timestamp_missing"),
        ("{stale}", "timestamp_stale"),
        ("{future}", "timestamp_future"),
    ],
)
def test_what_is_not_proven_is_401_and_not_stored(
    receiver: Installation, connection: RedisConnection, header: str | None, code: str
) -> None:
    now = int(time.time())
    values = {"now": now, "zeros": "0" * 64}
    values |= {"stale": signature("{}", at=now - 400), "future": signature("{}", at=now + 400)}
    headers = {} if header is None else {"Stripe-Signature": header.format(**values)}
    answer = exchange(receiver.port, request(b"{}", headers))
    assert answer.error() == (401, code)
    assert stored(connection) == 0


def test_a_refusal_names_neither_the_secret_nor_the_expected_signature(receiver: Installation) -> None:
    now = int(time.time())
    right = hmac.new(b"whsec_fake_for_tests", f"{now}.{{}}".encode(), hashlib.sha256).hexdigest()
    answer = exchange(receiver.port, request(b"{}", Stripe_Signature=f"t={now},v1={'0' * 64}"))
    assert right.encode() not in answer.body
    assert b"whsec" not in answer.body


def test_a_body_shorter_than_announced_is_400(receiver: Installation, connection: RedisConnection) -> None:
    body = make_body()
    cut = body[:20]
    answer = exchange(receiver.port, request(cut.encode(), length=len(body), Stripe_Signature=signature(cut)))
    assert answer.error() == (400, "body_truncated")
    assert stored(connection) == 0


def test_a_chunked_body_without_its_end_is_400(receiver: Installation, connection: RedisConnection) -> None:
    body = make_body()
    for end in (b"", b"0\r\n", b"zz\r\n"):
        answer = exchange(receiver.port, chunked(body.encode(), end=end, Stripe_Signature=signature(body)))
        assert answer.error() == (400, "request_unreadable")
    assert stored(connection) == 0


def test_an_unreadable_request_is_400(receiver: Installation) -> None:
    for junk in (
        b"\x00\x01\x02\r\n\r\n",
        b"POST / HTTP/9.9\r\n\r\n",
        b"POST /a HTTP/1.1\r\nHost : x\r\n\r\n",
    ):
        assert exchange(receiver.port, junk).error() == (400, "request_unreadable")


def test_two_lengths_or_a_length_beside_chunks_are_400(receiver: Installation) -> None:
    double = b"POST /webhooks/stripe HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}"
    both = double.replace(b"Content-Length: 3", b"Transfer-Encoding: chunked")
    for smuggled in (double, both):
        assert exchange(receiver.port, smuggled).error() == (400, "request_unreadable")


def test_an_unknown_source_is_404(receiver: Installation) -> None:
    answer = exchange(receiver.port, request(b"{}", path="/webhooks/nobody"))
    assert answer.error() == (404, "source_unknown")


def test_an_unknown_path_is_404(receiver: Installation) -> None:
    assert exchange(receiver.port, request(method="GET", path="/")).error() == (404, "path_unknown")


def test_another_method_is_404_as_for_an_unknown_source(receiver: Installation) -> None:
    for method in ("GET", "PUT", "DELETE", "PATCH"):
        answer = exchange(receiver.port, request(method=method))
        assert answer.error() == (404, "source_unknown")


SPELLINGS = (
    "//webhooks/stripe",
    "///webhooks/stripe",
    "/webhooks//stripe",
    "/webhooks/stripe/",
    "/webhooks/stripe//",
    "/./webhooks/stripe",
    "/x/../webhooks/stripe",
    "/webhooks/./stripe",
    "/webhooks/stripe;x",
    "/webhooks/stripe%20",
    "/webhooks/stripe%0A",
    "/webhooks/stripe%2F",
    "/%2Fwebhooks/stripe",
    "/webhooks/%2573tripe",
    "/Webhooks/stripe",
    "/webhooks/STRIPE",
    "/webhooks/%C3%A9",
    "/webhooks/%FF",
    "/webhooks/",
    "/webhooks",
    "http://127.0.0.1//webhooks/stripe",
    "http://127.0.0.1//livez",
    "//metrics",
)


@pytest.mark.parametrize("target", SPELLINGS)
def test_another_spelling_of_a_path_is_404_whatever_its_body(receiver: Installation, target: str) -> None:
    assert exchange(receiver.port, request(b'{"id": "evt_1"}', path=target)).error()[0] == 404
    assert exchange(receiver.port, request(b"x" * (LIMIT + 1), path=target)).error()[0] == 404


@pytest.mark.parametrize("target", ["/webhooks/%73tripe", "/webhooks%2Fstripe", "http://a/webhooks/stripe"])
def test_what_decodes_to_the_same_path_has_its_limit(receiver: Installation, target: str) -> None:
    assert exchange(receiver.port, request(b'{"id": "evt_1"}', path=target)).error()[0] == 401
    assert exchange(receiver.port, request(b"x" * (LIMIT + 1), path=target)).error()[0] == 413


def test_an_announced_body_over_the_limit_is_413(receiver: Installation) -> None:
    answer = exchange(receiver.port, request(b"x" * (LIMIT + 1)))
    assert answer.error() == (413, "body_too_large")


def test_a_chunked_body_over_the_limit_is_413(receiver: Installation, connection: RedisConnection) -> None:
    body = "x" * (LIMIT + 1)
    answer = exchange(receiver.port, chunked(body.encode(), Stripe_Signature=signature(body)))
    assert answer.error() == (413, "body_too_large")
    assert stored(connection) == 0


def test_a_body_of_exactly_the_limit_is_taken_in_either_form(
    receiver: Installation, connection: RedisConnection
) -> None:
    whole, parts = "1".ljust(LIMIT, "x"), "2".ljust(LIMIT, "x")
    for raw in (
        request(whole.encode(), Stripe_Signature=signature(whole)),
        chunked(parts.encode(), Stripe_Signature=signature(parts)),
    ):
        assert exchange(receiver.port, raw).status == 200
    assert stored(connection) == 2


def test_a_compressed_body_is_415(receiver: Installation) -> None:
    for encoding in ("gzip", "deflate", "br", "x-unknown"):
        answer = exchange(receiver.port, request(b"{}", Content_Encoding=encoding))
        assert answer.error() == (415, "encoding_unsupported")


def test_too_long_a_header_and_too_many_headers_are_431(receiver: Installation) -> None:
    many = {f"X_{number}": "a" for number in range(101)}
    for headers in ({"X_Long": "a" * 9000}, many):
        assert exchange(receiver.port, request(b"{}", headers)).error() == (431, "headers_too_large")


def test_too_long_a_path_is_414(receiver: Installation) -> None:
    assert exchange(receiver.port, request(path="/" + "a" * 9000)).error() == (414, "uri_too_long")


def test_a_header_spelled_with_an_underscore_is_not_its_double_with_a_hyphen(
    receiver: Installation, connection: RedisConnection
) -> None:
    body = make_body()
    raw = request(body.encode()).replace(
        b"Content-Length", f"Stripe_Signature: {signature(body)}\r\nContent-Length".encode()
    )
    assert exchange(receiver.port, raw).error() == (401, "signature_missing")


def test_every_refusal_is_json(receiver: Installation) -> None:
    for raw in (request(method="GET"), request(b"{}"), request(b"{}", X="a" * 9000), b"\x00\r\n\r\n"):
        assert exchange(receiver.port, raw).headers["content-type"] == "application/json"
