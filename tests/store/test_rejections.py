"""What the store keeps of refused deliveries: the newest, for a while, in order."""

from __future__ import annotations

from typing import Any

from tests.support.life import members
from tests.support.waiting import until
from webhooks.store.connection import Argument, Connection, RedisConnection
from webhooks.store.keys import KEYS
from webhooks.store.rejections import KEEP, Rejection, find_rejection, keep_rejections, list_rejections


def rejection(source: str = "stripe", **changes: Any) -> Rejection:
    values: dict[str, Any] = {
        "source": source,
        "code": "signature_mismatch",
        "cause": "body_changed",
        "sentence": "The signature matches the body as compact JSON",
        "cure": "pass it on byte for byte",
        "method": "POST",
        "path": f"/webhooks/{source}",
        "headers": ("Host", "Stripe-Signature"),
        "body_bytes": 12,
    }
    return Rejection(**(values | changes))


def keys(connection: Connection) -> set[str]:
    return {key.decode() for key in connection.execute("KEYS", "hookline:rejection:*")}


def test_a_rejection_comes_back_as_it_was_kept(connection: RedisConnection) -> None:
    one = rejection(not_kept=7)
    assert keep_rejections(connection, [one]) == [1]
    found = find_rejection(connection, 1)
    assert found is not None
    assert found.number == 1
    assert found.at > 0
    for name in ("source", "code", "cause", "sentence", "cure", "method", "path", "headers", "body_bytes"):
        assert getattr(found, name) == getattr(one, name)
    assert (found.not_kept, found.body, found.has_body) == (7, None, False)
    assert list_rejections(connection) == [found]


def test_they_are_numbered_and_listed_with_the_newest_first(connection: RedisConnection) -> None:
    for _ in range(6):
        keep_rejections(connection, [rejection(), rejection("github")])
    assert [one.number for one in list_rejections(connection)] == list(range(12, 0, -1))
    assert [one.number for one in list_rejections(connection, source="github", limit=2)] == [12, 10]


def test_names_that_no_source_has_are_listed_apart_from_all(connection: RedisConnection) -> None:
    keep_rejections(connection, [rejection(""), rejection()])
    assert [one.number for one in list_rejections(connection, source="")] == [1]
    assert len(list_rejections(connection)) == 2


def test_only_the_newest_are_kept(connection: RedisConnection) -> None:
    for _ in range(5):
        keep_rejections(connection, [rejection(), rejection()], most=3)
    assert [one.number for one in list_rejections(connection)] == [10, 9, 8]
    assert keys(connection) == {f"hookline:rejection:{number}" for number in (8, 9, 10)}
    assert members(connection, "rejections") == {"8", "9", "10"}


def test_each_goes_after_its_time_with_its_body(connection: RedisConnection) -> None:
    keep_rejections(connection, [rejection()])
    ttl = connection.execute("PTTL", f"{KEYS['rejection']}1")
    assert KEEP * 1000 - 10_000 < ttl <= KEEP * 1000
    assert connection.execute("PTTL", KEYS["rejections"]) > 0

    keep_rejections(connection, [rejection(body=b"gone soon")], keep=0.05)
    until(lambda: find_rejection(connection, 2) is None)
    assert keys(connection) <= {"hookline:rejection:1"}


def test_one_that_is_gone_is_passed_over_in_the_list(connection: RedisConnection) -> None:
    keep_rejections(connection, [rejection(), rejection()])
    connection.execute("DEL", f"{KEYS['rejection']}2")
    assert [one.number for one in list_rejections(connection)] == [1]
    assert find_rejection(connection, 2) is None


def test_a_body_is_kept_byte_for_byte_and_not_listed(connection: RedisConnection) -> None:
    keep_rejections(connection, [rejection(body=b"\x00\xff\r\n"), rejection(body=b"")])
    empty, listed = list_rejections(connection)
    assert (listed.body, listed.has_body, empty.has_body) == (None, True, True)
    for number, body in ((1, b"\x00\xff\r\n"), (2, b"")):
        found = find_rejection(connection, number)
        assert found is not None
        assert (found.body, found.has_body) == (body, True)


def test_several_are_kept_in_one_round_trip(connection: RedisConnection) -> None:
    keep_rejections(connection, [rejection()])
    counted = Counting(connection)
    keep_rejections(counted, [rejection() for _ in range(20)])
    assert counted.commands == ["EVALSHA"]


class Counting:
    """The way to the store, with a list of what went over it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.commands: list[Argument] = []

    def execute(self, *command: Argument) -> Any:
        self.commands.append(command[0])
        return self._connection.execute(*command)
