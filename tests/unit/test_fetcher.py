"""Fetching keys: bounded, remembered, never redirected."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import TypeVar

import pytest
import requests
import responses

from webhooks.errors import Unavailable
from webhooks.fetcher import (
    AT_ONCE,
    KEPT,
    LARGEST,
    MISSING,
    MOST,
    NEW_AT_ONCE,
    NEW_BURST,
    NEW_RATE,
    REST,
    Fetcher,
)

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


class Provider(Fetcher):
    """A fetcher before a provider that has some keys, and notes each try."""

    def __init__(self, *keys: str, clock: Callable[[], float]) -> None:
        super().__init__(clock=clock, draw=Random(7).random)
        self.keys = set(keys)
        self.asked: list[str] = []

    def _get(self, url: str) -> bytes | None:
        self.asked.append(url)
        return b"key" if url in self.keys else None


def tried(fetch: Fetcher, url: str) -> bytes | str | None:
    """Return the key, None, or why it was put off."""
    try:
        return fetch(url)
    except Unavailable as error:
        return str(error)


def test_invented_names_neither_push_a_used_key_out_nor_put_its_host_to_rest() -> None:
    clock = Clock()
    fetch = Provider(URL, clock=clock)
    for number in range(20 * MOST):
        clock.now += 0.1
        tried(fetch, f"{URL}{number}")
        assert fetch(URL) == b"key"
    assert fetch.asked.count(URL) == 1


def test_a_used_key_stays_and_the_one_that_was_not_used_for_longest_goes() -> None:
    clock = Clock()
    others = [f"{URL}{number}" for number in range(MOST)]
    fetch = Provider(URL, *others, clock=clock)
    for other in others:
        clock.now += 1
        assert fetch(URL) == fetch(other) == b"key"
    assert fetch.asked == [URL, *others]
    fetch(others[1])
    assert fetch.asked[-1] == others[-1]
    fetch(others[0])
    assert fetch.asked[-1] == others[0]


def test_what_is_due_again_is_fetched_however_many_names_are_invented() -> None:
    clock = Clock()
    fetch = Provider(URL, clock=clock)
    fetch(URL)
    clock.now = KEPT
    for number in range(2 * NEW_BURST):
        tried(fetch, f"{URL}{number}")
    assert fetch(URL) == b"key"
    assert fetch.asked.count(URL) == 2


@pytest.mark.parametrize("rate", [20, 100])
def test_a_changed_key_is_fetched_while_names_are_invented_however_they_are_timed(rate: int) -> None:
    clock = Clock()
    fetch = Provider(URL, clock=clock)
    for number in range(1, 10 * rate + 1):
        clock.now = number / rate
        tried(fetch, f"{URL}{number}")
    tries = 0
    while tried(fetch, URL) != b"key":
        # The new key is named by one delivery a second, always just after an invented name.
        tries += 1
        for _ in range(rate):
            number += 1
            clock.now = number / rate
            tried(fetch, f"{URL}{number}")
    assert tries <= 5 * rate / NEW_RATE


def test_invented_names_cost_the_provider_no_more_than_a_steady_rate() -> None:
    clock = Clock()
    fetch = Provider(clock=clock)
    for number in range(1000):
        clock.now += 0.01
        tried(fetch, f"{URL}{number}")
    assert NEW_BURST < len(fetch.asked) <= NEW_BURST + 10 * NEW_RATE


def test_a_name_with_nothing_behind_it_is_asked_for_again_after_a_while() -> None:
    clock = Clock()
    fetch = Provider(clock=clock)
    assert fetch(URL) is None
    fetch.keys.add(URL)
    assert fetch(URL) is None
    clock.now = MISSING
    assert fetch(URL) == b"key"


@responses.activate
def test_a_host_that_does_not_answer_rests_for_new_names_and_not_for_a_known_key() -> None:
    clock = Clock()
    fetch = Fetcher(clock=clock)
    responses.get(URL, body=b"known")
    fetch(URL)
    clock.now = KEPT
    responses.get(f"{URL}1", body=requests.ConnectionError())
    assert "ConnectionError" in str(tried(fetch, f"{URL}1"))
    assert "did not answer a moment ago" in str(tried(fetch, f"{URL}2"))
    assert fetch(URL) == b"known"


@responses.activate
def test_an_answer_with_a_fault_rests_that_name_alone() -> None:
    fetch = Fetcher(clock=Clock())
    responses.get(f"{URL}1", status=500)
    responses.get(URL, body=b"key")
    assert "status 500" in str(tried(fetch, f"{URL}1"))
    assert "a moment ago" in str(tried(fetch, f"{URL}1"))
    assert fetch(URL) == b"key"


@responses.activate
def test_more_than_a_key_is_not_read() -> None:
    responses.get(URL, body=b"x" * (LARGEST + 1))
    with pytest.raises(Unavailable, match="more than"):
        Fetcher()(URL)


def test_everything_that_is_remembered_is_bounded() -> None:
    clock = Clock()
    fetch = Fetcher(clock=clock)
    with responses.RequestsMock() as answers:
        for number in range(2 * MOST):
            host = f"https://{number}.example.com"
            answers.get(f"{host}/key", body=b"x")
            answers.get(f"{host}/none", status=404)
            answers.get(f"{host}/away", body=requests.ConnectionError())
            for path in ("key", "none", "away"):
                tried(fetch, f"{host}/{path}")
    tables = (fetch._kept, fetch._missing, fetch._resting, fetch._buckets)
    assert [len(table) for table in tables] == [MOST] * 4
    assert not fetch._fetching


def nested(fetch: Fetcher, urls: list[str], under_way: list[str]) -> None:
    """Ask for each URL while all before it are still being fetched, and note those that began."""

    def aside(call: Callable[[], T], /) -> T:
        under_way.append(urls[len(under_way)])
        if len(under_way) < len(urls):
            fetch(urls[len(under_way)])
        return call()

    fetch._aside = aside
    fetch(urls[0])


def test_new_names_leave_a_place_for_a_key_that_is_due_again() -> None:
    clock = Clock()
    fetch = Provider(URL, clock=clock)
    fetch(URL)
    clock.now = KEPT
    hosts = [f"https://{number}.example.com/key" for number in range(AT_ONCE)]
    under_way: list[str] = []
    with pytest.raises(Unavailable, match="others are being fetched"):
        nested(fetch, hosts, under_way)
    assert under_way == hosts[:NEW_AT_ONCE]
    under_way.clear()
    clock.now += MISSING
    nested(fetch, [*hosts[:NEW_AT_ONCE], URL], under_way)
    assert under_way[-1] == URL


def test_a_key_that_is_being_fetched_again_is_used_as_it_is() -> None:
    clock = Clock()
    fetch = Provider(URL, clock=clock)
    fetch(URL)
    clock.now = KEPT
    seen = []

    def aside(call: Callable[[], T], /) -> T:
        seen.append(fetch(URL))
        return call()

    fetch._aside = aside
    assert fetch(URL) == b"key"
    assert seen == [b"key"]
    assert fetch.asked == [URL, URL]
