"""Deliveries and events: plain data."""

from __future__ import annotations

import pytest

from tests.support.events import delivery, event
from webhooks.event import first_header

HEADERS = (("X-Id", "1"), ("x-id", "2"), ("Empty", ""))


@pytest.mark.parametrize("name", ["X-Id", "x-id", "X-ID"])
def test_the_first_of_a_repeated_header_is_returned_whatever_its_case(name: str) -> None:
    assert first_header(HEADERS, name) == "1"


def test_an_empty_header_is_there_and_a_missing_one_is_none() -> None:
    assert first_header(HEADERS, "empty") == ""
    assert first_header(HEADERS, "missing") is None


def test_a_delivery_and_an_event_look_headers_up_alike() -> None:
    assert delivery(b"", X_Id="1").header("x-id") == "1"
    assert event(headers=HEADERS).header("x-ID") == "1"


def test_the_idempotency_key_is_the_same_at_each_attempt() -> None:
    keys = {event(attempt=attempt).idempotency_key for attempt in (1, 2, 3)}
    assert keys == {"stripe:evt_1"}


def test_a_body_is_parsed_when_asked() -> None:
    assert event(body=b'{"a": [1]}').json() == {"a": [1]}


@pytest.mark.parametrize("body", [b"", b"a=b", b"\xff\xfe\xfd"])
def test_a_body_that_is_no_json_is_a_value_error(body: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - that it is one is the promise
        event(body=body).json()


def test_an_event_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        event().id = "another"  # type: ignore[misc]
