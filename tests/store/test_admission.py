"""ADMIT: what a first and a second delivery of an event come to."""

from __future__ import annotations

import json

import pytest

from tests.support.events import admit_one, arrival, event
from tests.support.life import (
    bring_to,
    due_at,
    fields_of,
    hinted,
    indexes_of,
    messages,
    number_stored,
    record_of,
    server_time,
    take,
    total,
)
from webhooks.lifecycle import State
from webhooks.store.admission import GRACE, Outcome, admit
from webhooks.store.connection import RedisConnection
from webhooks.store.keys import KEYS
from webhooks.store.processing import Keep
from webhooks.store.upkeep import retire

GONE_SOON = Keep(event=0.0, key=7200.0)


def test_a_new_event_is_accepted_and_stored_whole(connection: RedisConnection) -> None:
    new = event("evt_1", headers=(("X-Twice", "a"), ("x-twice", "b")))

    admitted = admit_one(connection, new)

    assert (admitted.outcome, admitted.id) == (Outcome.ACCEPTED, "stripe:evt_1")
    record = record_of(connection, new.id)
    assert record.event == new
    assert record.state is State.QUEUED
    assert (record.handlers, record.error, record.retired) == ((), "", False)
    assert total(connection, "accepted") == 1


def test_a_new_event_is_in_every_list_and_due_after_the_grace(connection: RedisConnection) -> None:
    before = server_time(connection)

    admit_one(connection, event("evt_1"))

    assert indexes_of(connection, "stripe:evt_1") == {
        "state:stripe:queued",
        "due",
    }
    due = due_at(connection, "stripe:evt_1")
    assert due is not None
    assert before + GRACE - 0.01 <= due <= server_time(connection) + GRACE


def test_a_new_event_is_hinted_once_under_its_id_and_attempt(connection: RedisConnection) -> None:
    admit_one(connection, event("evt_1"))

    assert hinted(connection) == ["stripe:evt_1"]
    (message,) = messages(connection)
    assert message["headers"]["id"] == "stripe:evt_1.1"
    assert message["headers"]["shadow"] == "stripe:invoice.paid"


def test_the_hint_carries_nothing_of_the_payload(connection: RedisConnection) -> None:
    admit_one(connection, event("evt_1", body=b'{"card": "visible-nowhere"}', headers=(("X", "nor-this"),)))

    assert "visible-nowhere" not in json.dumps(messages(connection))
    assert "nor-this" not in json.dumps(messages(connection))


@pytest.mark.parametrize("state", [state for state in State if state is not State.DEAD])
def test_a_second_delivery_is_a_duplicate_that_changes_nothing(
    connection: RedisConnection, state: State
) -> None:
    bring_to(connection, state, event("evt_1"))
    before = fields_of(connection, "stripe:evt_1")
    waiting = len(messages(connection))

    admitted = admit_one(connection, event("evt_1"))

    assert (admitted.outcome, admitted.id) == (Outcome.DUPLICATE, "stripe:evt_1")
    assert fields_of(connection, "stripe:evt_1") == before
    assert len(messages(connection)) == waiting
    assert total(connection, "duplicate") == 1


def test_another_body_under_the_id_is_a_duplicate_where_bodies_may_change(
    connection: RedisConnection,
) -> None:
    admit_one(connection, event("evt_1", body=b'{"pending_webhooks": 2}'))

    admitted = admit_one(connection, event("evt_1", body=b'{"pending_webhooks": 1}'), body_fixed=False)

    assert admitted.outcome is Outcome.DUPLICATE
    assert record_of(connection, "stripe:evt_1").event.body == b'{"pending_webhooks": 2}'


def test_another_body_under_the_id_is_a_conflict_where_bodies_are_fixed(connection: RedisConnection) -> None:
    first, second = event("evt_1", body=b"first"), event("evt_1", body=b"second")
    admit_one(connection, first, body_fixed=True)

    admitted = admit_one(connection, second, body_fixed=True)

    assert (admitted.outcome, admitted.id) == (Outcome.CONFLICT, first.id)
    assert record_of(connection, first.id).event.body == b"first"
    other = record_of(connection, f"{first.id}~{arrival(second).digest[:12]}")
    assert other.event.body == b"second"
    assert other.state is State.DEAD
    assert other.error == "conflict: stripe:evt_1 came before with another body"
    assert total(connection, "conflict") == 1


def test_the_second_body_of_a_conflict_is_listed_as_dead_and_never_run(connection: RedisConnection) -> None:
    admit_one(connection, event("evt_1", body=b"first"), body_fixed=True)
    second = event("evt_1", body=b"second")

    admit_one(connection, second, body_fixed=True)

    assert indexes_of(connection, f"stripe:evt_1~{arrival(second).digest[:12]}") == {
        "state:stripe:dead",
        "retire",
    }
    assert hinted(connection) == ["stripe:evt_1"]


def test_a_conflict_that_comes_again_is_kept_once(connection: RedisConnection) -> None:
    admit_one(connection, event("evt_1", body=b"first"), body_fixed=True)

    for _ in range(3):
        admitted = admit_one(connection, event("evt_1", body=b"second"), body_fixed=True)
        assert admitted.outcome is Outcome.CONFLICT

    assert number_stored(connection) == 2
    assert total(connection, "conflict") == 3


def test_the_same_body_under_another_id_is_a_duplicate_of_the_first(connection: RedisConnection) -> None:
    admit_one(connection, event("evt_1", body=b"same"), remember_body=True)

    admitted = admit_one(connection, event("evt_2", body=b"same"), remember_body=True)

    assert (admitted.outcome, admitted.id) == (Outcome.DUPLICATE, "stripe:evt_1")
    assert hinted(connection) == ["stripe:evt_1"]
    assert fields_of(connection, "stripe:evt_2") == {}


def test_the_same_body_at_another_source_is_another_event(connection: RedisConnection) -> None:
    admit_one(connection, event("evt_1", body=b"same"), remember_body=True)

    other = event(id="github:evt_1", source="github", body=b"same")

    assert admit_one(connection, other, remember_body=True).outcome is Outcome.ACCEPTED


def test_the_same_body_under_another_id_is_another_event_where_ids_are_signed(
    connection: RedisConnection,
) -> None:
    admit_one(connection, event("evt_1", body=b"same"))

    assert admit_one(connection, event("evt_2", body=b"same")).outcome is Outcome.ACCEPTED


def test_a_remembered_body_is_forgotten_after_the_key_retention(connection: RedisConnection) -> None:
    admit_one(connection, event("evt_1", body=b"same"), remember_body=True)

    (key,) = connection.execute("KEYS", KEYS["body"] + "*")

    assert 7_100_000 < connection.execute("PTTL", key) <= 7_200_000


def test_a_dead_event_that_is_sent_again_is_queued_again(connection: RedisConnection) -> None:
    bring_to(connection, State.DEAD, event("evt_1"))
    connection.execute("DEL", KEYS["queue"])

    admitted = admit_one(connection, event("evt_1"))

    assert (admitted.outcome, admitted.id) == (Outcome.ACCEPTED, "stripe:evt_1")
    record = record_of(connection, "stripe:evt_1")
    assert (record.state, record.ended_at) == (State.QUEUED, None)
    assert hinted(connection) == ["stripe:evt_1"]
    assert "retire" not in indexes_of(connection, "stripe:evt_1")
    assert total(connection, "resent") == 1


def test_a_dead_event_that_is_sent_again_has_all_its_attempts_before_it(connection: RedisConnection) -> None:
    bring_to(connection, State.DEAD, event("evt_1"))

    admit_one(connection, event("evt_1"))

    taken = take(connection, "stripe:evt_1", max_attempts=1)
    assert (taken.round, taken.record.event.attempt) == (1, 2)


def test_a_dead_event_whose_body_is_gone_is_stored_anew(connection: RedisConnection) -> None:
    bring_to(connection, State.DEAD, event("evt_1", body=b"old"), keep=GONE_SOON)
    assert retire(connection) == 1

    admitted = admit_one(connection, event("evt_1", body=b"new"), body_fixed=True, remember_body=True)

    assert admitted.outcome is Outcome.ACCEPTED
    record = record_of(connection, "stripe:evt_1")
    assert (record.state, record.event.body, record.event.attempt) == (State.QUEUED, b"new", 0)
    assert connection.execute("PTTL", KEYS["event"] + "stripe:evt_1") == -1


def test_a_batch_is_answered_in_its_order(connection: RedisConnection) -> None:
    admit_one(connection, event("evt_2"))

    batch = [arrival(event(own)) for own in ("evt_1", "evt_2", "evt_3", "evt_1")]
    admitted = admit(connection, batch, key_retention=7200.0, dead_retention=3600.0)

    assert [(one.id, one.outcome) for one in admitted] == [
        ("stripe:evt_1", Outcome.ACCEPTED),
        ("stripe:evt_2", Outcome.DUPLICATE),
        ("stripe:evt_3", Outcome.ACCEPTED),
        ("stripe:evt_1", Outcome.DUPLICATE),
    ]
    assert hinted(connection) == ["stripe:evt_2", "stripe:evt_1", "stripe:evt_3"]


@pytest.mark.parametrize("milliseconds", [1_790_000_000_001, 1_790_000_000_019, 2_147_483_648_999])
def test_the_time_of_receipt_is_kept_to_the_millisecond(
    connection: RedisConnection, milliseconds: int
) -> None:
    admit_one(connection, event("evt_1", received_at=milliseconds / 1000))

    assert fields_of(connection, "stripe:evt_1")[b"received_at"] == str(milliseconds).encode()
    assert record_of(connection, "stripe:evt_1").event.received_at == milliseconds / 1000
