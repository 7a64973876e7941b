"""Fetching keys: bounded, remembered, never redirected."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pytest
import requests
import responses

from webhooks.errors import Unavailable
from webhooks.fetcher import AT_ONCE, KEPT, LARGEST, MOST, REST, Fetcher

T = TypeVar("T")

URL = "https://keys.example.com/one.pem"


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@responses.activate
def test_what_was_fetched_is_asked_for_again_only_after_an_hour() -> None:
    clock = Clock()
    fetch = Fetcher(clock=clock)
    responses.get(URL, body=b"first")
    assert [fetch(URL), fetch(URL)] == [b"first", b"first"]
    assert len(responses.calls) == 1
    clock.now = KEPT + 1
    assert fetch(URL) == b"first"
    assert len(responses.calls) == 2


@responses.activate
@pytest.mark.parametrize("status", [403, 404, 410])
def test_nothing_there_is_none(status: int) -> None:
    responses.get(URL, status=status)
    assert Fetcher()(URL) is None


@responses.activate
@pytest.mark.parametrize("status", [301, 302, 307, 500, 503])
def test_a_redirect_or_a_fault_is_no_key(status: int) -> None:
    responses.get(URL, status=status, headers={"Location": "https://keys.example.com/other.pem"})
    with pytest.raises(Unavailable, match=f"status {status}"):
        Fetcher()(URL)
    assert len(responses.calls) == 1


@responses.activate
def test_a_side_that_does_not_answer_is_unavailable_and_is_asked_again() -> None:
    clock = Clock()
    fetch = Fetcher(clock=clock)
    responses.get(URL, body=requests.ConnectionError())
    with pytest.raises(Unavailable):
        fetch(URL)
    responses.get(URL, body=b"later")
    clock.now = REST
    assert fetch(URL) == b"later"


@responses.activate
def test_made_up_names_cost_one_try_a_second_and_known_keys_are_still_there() -> None:
    clock = Clock()
    fetch = Fetcher(clock=clock)
    responses.get(URL, body=b"known")
    fetch(URL)
    for number in range(10):
        responses.get(f"{URL}{number}", status=404)
    assert fetch(f"{URL}0") is None
    for number in range(1, 10):
        with pytest.raises(Unavailable, match="asked in vain a moment ago"):
            fetch(f"{URL}{number}")
    assert len(responses.calls) == 2
    assert fetch(URL) == b"known"
    clock.now = REST
    assert fetch(f"{URL}9") is None


@responses.activate
def test_more_than_a_key_is_not_read() -> None:
    responses.get(URL, body=b"x" * (LARGEST + 1))
    with pytest.raises(Unavailable, match="more than"):
        Fetcher()(URL)


@responses.activate
def test_the_number_of_remembered_urls_is_bounded() -> None:
    clock = Clock()
    fetch = Fetcher(clock=clock)
    for number in range(MOST + 1):
        responses.get(f"{URL}{number}", body=b"x")
        clock.now += 1
        fetch(f"{URL}{number}")
    before = len(responses.calls)
    fetch(f"{URL}{MOST}")
    assert len(responses.calls) == before
    fetch(f"{URL}0")
    assert len(responses.calls) == before + 1


def test_only_so_many_urls_are_fetched_at_once_and_the_next_is_put_off() -> None:
    hosts = [f"https://{number}.example.com/key" for number in range(AT_ONCE + 1)]
    under_way: list[str] = []

    def aside(call: Callable[[], T], /) -> T:
        under_way.append(hosts[len(under_way)])
        fetcher(hosts[len(under_way)])
        return call()

    fetcher = Fetcher(aside=aside)
    with pytest.raises(Unavailable, match="others are being fetched"):
        fetcher(hosts[0])
    assert under_way == hosts[:AT_ONCE]
