"""RETIRE: what is dropped, when, and what is left against redelivery."""

from __future__ import annotations

import pytest

from tests.support.events import admit_one, event
from tests.support.life import bring_to, fields_of, indexes_of, members, record_of, stored, take
from tests.support.waiting import until
from webhooks.lifecycle import State
from webhooks.store.admission import Outcome
from webhooks.store.connection import RedisConnection
from webhooks.store.keys import KEYS
from webhooks.store.listing import Filter, count, find, list_ids
from webhooks.store.processing import Keep
from webhooks.store.upkeep import retire

EVENT = "stripe:evt_1"
ENDED = [State.SUCCEEDED, State.UNHANDLED, State.DEAD, State.DISCARDED]
GONE_SOON = Keep(event=0.0, key=7200.0)


@pytest.mark.parametrize("state", ENDED)
def test_an_event_that_was_kept_long_enough_leaves_every_list(
    connection: RedisConnection, state: State
) -> None:
    bring_to(connection, state, event("evt_1"), keep=GONE_SOON)

    assert retire(connection) == 1

    assert indexes_of(connection, EVENT) == set()
    assert list(list_ids(connection, Filter())) == []
    assert count(connection).states[state] == 0


@pytest.mark.parametrize("state", ENDED)
def test_its_id_stays_without_its_body_until_the_key_retention_is_over(
    connection: RedisConnection, state: State
) -> None:
    bring_to(connection, state, event("evt_1", body=b"customer data"), keep=GONE_SOON)

    retire(connection)

    record = record_of(connection, EVENT)
    assert (record.state, record.retired, record.event.body) == (state, True, b"")
    fields = fields_of(connection, EVENT)
    assert set(fields) == {b"state", b"type", b"digest", b"received_at"}
    assert 7_195_000 < connection.execute("PTTL", KEYS["event"] + EVENT) <= 7_200_000


def test_an_id_is_remembered_at_least_as_long_as_its_event_is_kept(connection: RedisConnection) -> None:
    bring_to(connection, State.DEAD, event("evt_1"), keep=Keep(event=3600.0, key=60.0))

    fields = fields_of(connection, EVENT)

    assert int(fields[b"key_until"]) - int(fields[b"ended_at"]) == 3_600_000


@pytest.mark.parametrize("state", ENDED)
def test_an_event_that_has_ended_is_kept_until_its_time(connection: RedisConnection, state: State) -> None:
    bring_to(connection, state, event("evt_1"), keep=Keep(event=60.0, key=120.0))

    assert retire(connection) == 0

    assert record_of(connection, EVENT).event.body == event("evt_1").body


@pytest.mark.parametrize("state", [State.QUEUED, State.RUNNING, State.WAITING])
def test_an_event_that_has_not_ended_is_never_retired(connection: RedisConnection, state: State) -> None:
    bring_to(connection, state, event("evt_1"), keep=GONE_SOON)

    assert retire(connection) == 0

    assert record_of(connection, EVENT).event.body == event("evt_1").body


@pytest.mark.parametrize("state", [State.SUCCEEDED, State.UNHANDLED, State.DISCARDED])
def test_a_redelivery_after_that_is_a_duplicate(connection: RedisConnection, state: State) -> None:
    bring_to(connection, state, event("evt_1"), keep=GONE_SOON)
    retire(connection)

    admitted = admit_one(connection, event("evt_1"), body_fixed=True)

    assert (admitted.outcome, admitted.id) == (Outcome.DUPLICATE, EVENT)
    assert indexes_of(connection, EVENT) == set()


def test_another_body_after_that_is_still_a_conflict(connection: RedisConnection) -> None:
    bring_to(connection, State.SUCCEEDED, event("evt_1"), keep=GONE_SOON)
    retire(connection)

    admitted = admit_one(connection, event("evt_1", body=b"another"), body_fixed=True)

    assert admitted.outcome is Outcome.CONFLICT


def test_the_same_body_under_another_id_after_that_is_a_duplicate(connection: RedisConnection) -> None:
    admit_one(connection, event("evt_1", body=b"same"), remember_body=True)
    bring_to(connection, State.SUCCEEDED, event("evt_1", body=b"same"), keep=GONE_SOON)
    retire(connection)

    admitted = admit_one(connection, event("evt_2", body=b"same"), remember_body=True)

    assert (admitted.outcome, admitted.id) == (Outcome.DUPLICATE, EVENT)


def test_the_same_body_is_a_new_event_once_the_first_id_is_forgotten(connection: RedisConnection) -> None:
    admit_one(connection, event("evt_1", body=b"same"), remember_body=True)
    gone = Keep(event=0.0, key=0.05)
    bring_to(connection, State.SUCCEEDED, event("evt_1", body=b"same"), keep=gone)
    retire(connection)
    until(lambda: find(connection, EVENT) is None)

    admitted = admit_one(connection, event("evt_2", body=b"same"), remember_body=True)

    assert (admitted.outcome, admitted.id) == (Outcome.ACCEPTED, "stripe:evt_2")


def test_a_delivery_after_the_key_retention_is_a_new_event(connection: RedisConnection) -> None:
    bring_to(connection, State.SUCCEEDED, event("evt_1"), keep=Keep(event=0.0, key=0.05))
    retire(connection)
    until(lambda: find(connection, EVENT) is None)

    assert admit_one(connection, event("evt_1")).outcome is Outcome.ACCEPTED

    assert take(connection, EVENT).record.event.attempt == 1


def test_an_id_whose_retention_is_over_goes_with_its_event(connection: RedisConnection) -> None:
    bring_to(connection, State.SUCCEEDED, event("evt_1"), keep=Keep(event=0.0, key=0.0))

    until(lambda: retire(connection))

    assert find(connection, EVENT) is None


def test_a_round_retires_no_more_than_its_limit(connection: RedisConnection) -> None:
    for number in range(7):
        bring_to(connection, State.SUCCEEDED, event(f"evt_{number}"), keep=GONE_SOON)

    assert [retire(connection, limit=3) for _ in range(4)] == [3, 3, 1, 0]

    assert stored(connection) == set()


def test_an_event_that_is_gone_already_is_forgotten(connection: RedisConnection) -> None:
    bring_to(connection, State.SUCCEEDED, event("evt_1"), keep=GONE_SOON)
    connection.execute("DEL", KEYS["event"] + EVENT)

    assert retire(connection) == 1

    assert members(connection, "retire") == set()


def test_totals_outlive_the_events_that_they_count(connection: RedisConnection) -> None:
    bring_to(connection, State.SUCCEEDED, event("evt_1"), keep=GONE_SOON)
    retire(connection)

    assert count(connection).totals == {("accepted", "stripe"): 1, ("succeeded", "stripe"): 1}
