"""What a receiver does with its refusals: bounded work, nothing told, never a fault of its own."""

from __future__ import annotations

import threading
from base64 import b64encode
from typing import Any
from unittest.mock import patch

import pytest

from tests.support.config import settings_from
from tests.support.events import NOW
from webhooks import diagnosis, refusals
from webhooks.bucket import Bucket
from webhooks.errors import Rejected, Unavailable
from webhooks.event import Delivery
from webhooks.refusals import BURST, RATE, SOURCE_BURST, SOURCE_RATE, Rejections
from webhooks.signatures import sign
from webhooks.store.connection import Argument, Connection, RedisConnection
from webhooks.store.rejections import Rejection, list_rejections
from webhooks.variants import LARGEST

SECRET = "fake-github-secret"
SOURCES = settings_from(
    "\n".join(
        f'[sources.{name}]\nprovider = "github"\nsecrets = ["{SECRET}{number}"]'
        for number, name in enumerate(("github", "other", "third", "fourth"))
    )
).sources
GITHUB = SOURCES["github"]
MISMATCH = Rejected("signature_mismatch", "no signature matches")


class Clock:
    """A steady clock that moves when it is told to."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


class Store:
    """A store that counts, and is away when it is told to be."""

    def __init__(self) -> None:
        self.tries = 0
        self.kept = 0
        self.away = False
        self.gate: threading.Event | None = None

    def execute(self, *command: Argument) -> Any:
        self.tries += 1
        if self.gate is not None:
            assert self.gate.wait(10)
        if self.away:
            raise Unavailable("away")
        self.kept += (len(command) - 5) // 4
        return []


def delivery(body: bytes = b'{"a": 1}', headers: tuple[tuple[str, str], ...] = ()) -> Delivery:
    url = "https://h.example.com/webhooks/github?token=hidden"
    return Delivery(method="POST", url=url, headers=headers, body=body, received_at=NOW)


def make(connection: Connection, clock: Clock | None = None, *, keep_bodies: bool = False) -> Rejections:
    pace = Clock() if clock is None else clock
    return Rejections(SOURCES, connection, clock=lambda: NOW, pace=pace, keep_bodies=keep_bodies)


def kept(connection: Connection) -> Rejection:
    (one,) = list_rejections(connection)
    return one


def test_a_bucket_gives_its_burst_and_then_its_rate() -> None:
    bucket = Bucket(rate=5.0, burst=20, now=0.0)
    given = 0
    for step in range(1001):
        if bucket.ready(step / 100):
            bucket.take()
            given += 1
    assert given == 20 + 5 * 10


def test_a_bucket_saves_no_more_than_its_burst_and_minds_no_clock_that_goes_back() -> None:
    bucket = Bucket(rate=5.0, burst=2, now=0.0)
    assert bucket.ready(1e6)
    bucket.take()
    bucket.take()
    assert not bucket.ready(1e6)
    assert not bucket.ready(0.0)


def test_a_flood_at_one_source_costs_a_bounded_number_of_tries() -> None:
    clock, store = Clock(), Store()
    rejections = make(store, clock)
    with patch.object(refusals, "diagnose", wraps=diagnosis.diagnose) as diagnosed:
        for _ in range(10_000):
            clock.now += 0.001
            rejections.note(GITHUB, delivery(), MISMATCH)
    most = SOURCE_BURST + SOURCE_RATE * 10
    assert most - 1 <= diagnosed.call_count <= most
    assert store.tries == diagnosed.call_count


def test_a_flood_at_all_sources_is_bounded_for_the_process() -> None:
    clock, store = Clock(), Store()
    rejections = make(store, clock)
    for _ in range(2_500):
        clock.now += 0.004
        for source in SOURCES.values():
            rejections.note(source, delivery(), MISMATCH)
    most = BURST + RATE * 10
    assert most - 1 <= store.tries <= most


def test_a_flood_at_one_source_leaves_something_for_another() -> None:
    store = Store()
    rejections = make(store)
    for _ in range(100):
        rejections.note(None, None, Rejected("source_unknown", "no source"))
    before = store.tries
    rejections.note(GITHUB, delivery(), MISMATCH)
    assert store.tries == before + 1


def test_the_next_that_is_kept_says_how_many_were_not(connection: RedisConnection) -> None:
    clock = Clock()
    rejections = make(connection, clock)
    for _ in range(SOURCE_BURST + 25):
        rejections.note(GITHUB, delivery(), MISMATCH)
    clock.now += 1
    for _ in range(2):
        rejections.note(GITHUB, delivery(), MISMATCH)
    assert [one.not_kept for one in list_rejections(connection)[:3]] == [0, 25, 0]


def test_a_store_that_is_away_is_tried_once_a_second_and_counted() -> None:
    clock, store = Clock(), Store()
    store.away = True
    rejections = make(store, clock)
    for _ in range(100):
        clock.now += 0.1
        rejections.note(GITHUB, delivery(), MISMATCH)
    assert store.tries <= 10
    store.away = False
    clock.now += 1
    with patch.object(refusals, "keep_rejections") as written:
        rejections.note(GITHUB, delivery(), MISMATCH)
    ((_, (one,)), _) = written.call_args
    assert one.not_kept == 100


def test_while_one_thread_waits_for_the_store_the_others_do_not() -> None:
    store = Store()
    store.gate = threading.Event()
    store.away = True
    rejections = make(store)
    first = threading.Thread(target=rejections.note, args=(GITHUB, delivery(), MISMATCH))
    first.start()
    try:
        while store.tries == 0:
            first.join(0.01)
        for _ in range(3):
            rejections.note(GITHUB, delivery(), MISMATCH)
    finally:
        store.gate.set()
        first.join()
    assert store.tries == 1


def test_what_waited_for_the_writing_thread_is_written_by_it() -> None:
    store = Store()
    store.gate = threading.Event()
    rejections = make(store)
    first = threading.Thread(target=rejections.note, args=(GITHUB, delivery(), MISMATCH))
    first.start()
    try:
        while store.tries == 0:
            first.join(0.01)
        for _ in range(3):
            rejections.note(GITHUB, delivery(), MISMATCH)
    finally:
        store.gate.set()
        first.join()
    assert (store.tries, store.kept) == (2, 4)


@pytest.mark.parametrize("room", ["diagnose", "keep_rejections"])
def test_a_fault_in_our_own_code_leaves_the_refusal_alone_and_the_next_is_kept(
    connection: RedisConnection, room: str
) -> None:
    clock = Clock()
    rejections = make(connection, clock)
    with patch.object(refusals, room, side_effect=ZeroDivisionError):
        rejections.note(GITHUB, delivery(), MISMATCH)
    clock.now += 2
    rejections.note(GITHUB, delivery(), MISMATCH)
    assert kept(connection).code == "signature_mismatch"


def test_a_record_has_the_names_of_headers_and_no_value_no_query_and_no_body(
    connection: RedisConnection,
) -> None:
    headers = (("Host", "h.example.com"), ("Authorization", "Bearer value-of-it"))
    make(connection).note(GITHUB, delivery(b'{"customer": "Ada"}', headers), MISMATCH)
    one = kept(connection)
    assert (one.method, one.path, one.headers) == ("POST", "/webhooks/github", ("Host", "Authorization"))
    assert (one.body_bytes, one.body, one.has_body) == (19, None, False)
    everything = str(connection.execute("HGETALL", "hookline:rejection:1"))
    for hidden in ("value-of-it", "hidden", "Ada", "h.example.com"):
        assert hidden not in everything


def test_a_body_is_kept_when_asked_for_unless_it_is_large(connection: RedisConnection) -> None:
    rejections = make(connection, keep_bodies=True)
    for body in (b"small", b"x" * (LARGEST + 1)):
        rejections.note(GITHUB, delivery(body), MISMATCH)
    rejections.note(GITHUB, None, Rejected("body_truncated", "9 bytes were announced and 1 came"))
    assert [one.has_body for one in list_rejections(connection)] == [False, False, True]
    assert [one.body_bytes for one in list_rejections(connection)] == [None, LARGEST + 1, 5]


def test_a_secret_in_a_path_or_in_a_headers_name_is_masked(connection: RedisConnection) -> None:
    spoilt = delivery(headers=((f"X-{SECRET.upper()}0", "1"),))
    make(connection).note(GITHUB, spoilt, MISMATCH, path=f"/webhooks/{SECRET}0")
    one = kept(connection)
    assert (one.path, one.headers) == ("[masked]", ("[masked]",))


def test_neither_the_secret_nor_the_expected_signature_is_kept(connection: RedisConnection) -> None:
    right = sign("github", delivery(), GITHUB.secret_values[0], now=NOW).header("X-Hub-Signature-256") or ""
    wrong = delivery(headers=(("X-Hub-Signature-256", "sha256=" + "0" * 64),))
    make(connection).note(GITHUB, wrong, MISMATCH)
    everything = str(connection.execute("HGETALL", "hookline:rejection:1"))
    mac = bytes.fromhex(right.removeprefix("sha256="))
    for hidden in (SECRET, mac.hex(), mac.hex().upper(), b64encode(mac).decode()):
        assert hidden not in everything


def test_what_a_sender_may_fill_is_bounded(connection: RedisConnection) -> None:
    many = tuple((f"X-{number}-{'y' * 500}", "1") for number in range(500))
    make(connection).note(GITHUB, delivery(headers=many), MISMATCH, path="/webhooks/" + "z" * 5000)
    assert connection.execute("HSTRLEN", "hookline:rejection:1", "facts") < 5000
