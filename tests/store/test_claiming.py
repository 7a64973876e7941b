"""CLAIM, EXTEND and RELEASE: who holds an event, until when, and by which fence."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from tests.support.events import KEEP, admit_one, event
from tests.support.life import (
    LAPSED,
    bring_to,
    due_at,
    fence_of,
    fields_of,
    hinted,
    indexes_of,
    messages,
    number_of,
    record_of,
    server_time,
    take,
    total,
)
from tests.support.servers import StoreServer
from tests.support.waiting import until
from webhooks.lifecycle import State
from webhooks.store.connection import RedisConnection
from webhooks.store.processing import Buried, Claim, Refused, claim, extend, fail, release
from webhooks.store.repair import replay

EVENT = "stripe:evt_1"


def _try(connection: RedisConnection, *, max_attempts: int = 10) -> Claim | Buried | Refused:
    return claim(connection, EVENT, lease=60.0, max_attempts=max_attempts, keep=KEEP)


def test_a_claim_gives_a_lease_a_fence_and_the_first_attempt(connection: RedisConnection) -> None:
    admit_one(connection, event("evt_1"))
    before = server_time(connection)

    taken = take(connection, EVENT, lease=60.0)

    assert (number_of(taken), taken.round, taken.record.event.attempt) == (1, 1, 1)
    assert taken.record.state is State.RUNNING
    assert taken.record.event.body == event("evt_1").body
    assert taken.record.lease_until is not None
    assert before + 60 - 0.01 <= taken.record.lease_until <= server_time(connection) + 60


def test_a_claimed_event_is_due_when_its_lease_ends(connection: RedisConnection) -> None:
    admit_one(connection, event("evt_1"))

    taken = take(connection, EVENT)

    assert due_at(connection, EVENT) == taken.record.lease_until
    assert "state:stripe:running" in indexes_of(connection, EVENT)


def test_a_leased_event_is_refused(connection: RedisConnection) -> None:
    admit_one(connection, event("evt_1"))
    take(connection, EVENT)
    before = fields_of(connection, EVENT)

    assert _try(connection) == Refused(state="running")

    assert fields_of(connection, EVENT) == before


@pytest.mark.parametrize("state", [State.SUCCEEDED, State.UNHANDLED, State.DEAD, State.DISCARDED])
def test_an_event_that_has_ended_is_refused(connection: RedisConnection, state: State) -> None:
    bring_to(connection, state, event("evt_1"))
    before = fields_of(connection, EVENT)

    assert _try(connection) == Refused(state=state)

    assert fields_of(connection, EVENT) == before


def test_an_event_whose_next_attempt_is_not_due_is_refused(connection: RedisConnection) -> None:
    admit_one(connection, event("evt_1"))
    fence = take(connection, EVENT).fence
    fail(connection, EVENT, fence, error="boom", wait=60.0, handlers=(), keep=KEEP)

    assert _try(connection) == Refused(state="waiting")


def test_an_event_whose_next_attempt_is_due_is_given(connection: RedisConnection) -> None:
    admit_one(connection, event("evt_1"))
    fence = take(connection, EVENT).fence
    fail(connection, EVENT, fence, error="boom", wait=0.05, handlers=(), keep=KEEP)

    taken = until(lambda: found if isinstance(found := _try(connection), Claim) else None)

    assert (number_of(taken), taken.round, taken.record.event.attempt) == (2, 2, 2)
    assert taken.record.next_at is None


def test_an_unknown_event_is_refused(connection: RedisConnection) -> None:
    assert _try(connection) == Refused(state="unknown")
    assert connection.execute("DBSIZE") == 0


def test_an_event_is_given_again_once_its_lease_has_run_out(connection: RedisConnection) -> None:
    admit_one(connection, event("evt_1"))
    take(connection, EVENT, lease=0.05)

    again = until(lambda: found if isinstance(found := _try(connection), Claim) else None)

    assert (number_of(again), again.round, again.record.event.attempt) == (2, 2, 2)
    assert total(connection, "lost") == 1


def test_an_event_that_kills_its_workers_is_buried_when_its_attempts_are_used_up(
    connection: RedisConnection,
) -> None:
    admit_one(connection, event("evt_1"))
    for _ in range(3):
        take(connection, EVENT, lease=LAPSED, max_attempts=3)

    buried = _try(connection, max_attempts=3)

    assert isinstance(buried, Buried)
    assert buried.record == record_of(connection, EVENT)
    assert buried.record.state is State.DEAD
    assert buried.record.error.startswith("worker lost: 3 attempts were used up")
    assert (buried.record.event.attempt, buried.record.lease_until) == (3, None)
    assert buried.record.ended_at is not None
    assert {"state:stripe:dead", "retire"} <= indexes_of(connection, EVENT)
    assert "due" not in indexes_of(connection, EVENT)
    assert (total(connection, "dead"), total(connection, "lost")) == (1, 3)


def test_a_buried_event_is_told_of_once(connection: RedisConnection) -> None:
    admit_one(connection, event("evt_1"))
    take(connection, EVENT, lease=LAPSED, max_attempts=1)

    assert isinstance(_try(connection, max_attempts=1), Buried)
    assert _try(connection, max_attempts=1) == Refused(state="dead")


def test_two_claims_at_once_have_one_winner(store_server: StoreServer, connection: RedisConnection) -> None:
    rounds, threads = 25, 4
    for number in range(rounds):
        admit_one(connection, event(f"evt_{number}"))
    barrier = Barrier(threads)

    def claim_all(_: int) -> list[str]:
        own = store_server.connect()
        won = []
        for number in range(rounds):
            barrier.wait(timeout=10)
            taken = claim(own, f"stripe:evt_{number}", lease=60.0, max_attempts=10, keep=KEEP)
            won += [taken.record.event.id] if isinstance(taken, Claim) else []
        own.close()
        return won

    with ThreadPoolExecutor(threads) as pool:
        winners = [event_id for won in pool.map(claim_all, range(threads)) for event_id in won]

    assert sorted(winners) == sorted(f"stripe:evt_{number}" for number in range(rounds))


def test_extend_makes_the_lease_last_longer(connection: RedisConnection) -> None:
    admit_one(connection, event("evt_1"))
    taken = take(connection, EVENT, lease=1.0)

    assert extend(connection, EVENT, taken.fence, lease=600.0)

    extended = record_of(connection, EVENT).lease_until
    assert extended is not None
    assert extended > server_time(connection) + 590
    assert due_at(connection, EVENT) == extended
    assert _try(connection) == Refused(state="running")


def test_a_lease_that_ran_out_can_be_extended_while_nobody_else_took_the_event(
    connection: RedisConnection,
) -> None:
    admit_one(connection, event("evt_1"))
    taken = take(connection, EVENT, lease=LAPSED)

    assert extend(connection, EVENT, taken.fence, lease=60.0)
    assert _try(connection) == Refused(state="running")


@pytest.mark.parametrize("state", [State.SUCCEEDED, State.UNHANDLED, State.WAITING, State.DEAD])
def test_an_extension_that_crosses_its_own_result_is_no_lost_lease(
    connection: RedisConnection, state: State
) -> None:
    record = bring_to(connection, state, event("evt_1"))
    before, due = fields_of(connection, EVENT), due_at(connection, EVENT)

    assert extend(connection, EVENT, fence_of(connection, EVENT), lease=60.0)

    assert fields_of(connection, EVENT) == before
    assert due_at(connection, EVENT) == due
    assert record.lease_until is None


def test_an_extension_of_an_event_that_was_buried_meanwhile_is_a_lost_lease(
    connection: RedisConnection,
) -> None:
    admit_one(connection, event("evt_1"))
    fence = take(connection, EVENT, lease=LAPSED, max_attempts=1).fence
    assert isinstance(_try(connection, max_attempts=1), Buried)

    assert not extend(connection, EVENT, fence, lease=60.0)


def test_an_extension_of_an_event_that_is_gone_is_a_lost_lease(connection: RedisConnection) -> None:
    assert not extend(connection, EVENT, "1-0123456789abcdef", lease=60.0)
    assert connection.execute("DBSIZE") == 0


def test_a_released_event_is_queued_and_hinted_at_once(connection: RedisConnection) -> None:
    admit_one(connection, event("evt_1"))
    taken = take(connection, EVENT)

    assert release(connection, taken, interrupted=False)

    record = record_of(connection, EVENT)
    assert (record.state, record.lease_until) == (State.QUEUED, None)
    assert hinted(connection) == [EVENT, EVENT]
    assert messages(connection)[1]["headers"]["id"] == "stripe:evt_1.2"
    assert {"state:stripe:queued", "due"} <= indexes_of(connection, EVENT)


def test_a_release_does_not_count_the_attempt_and_its_number_does_not_come_back(
    connection: RedisConnection,
) -> None:
    admit_one(connection, event("evt_1"))
    for _ in range(5):
        assert release(connection, take(connection, EVENT, max_attempts=1), interrupted=False)

    taken = take(connection, EVENT, max_attempts=1)

    assert (number_of(taken), taken.round, taken.record.event.attempt) == (6, 1, 6)


def test_a_release_in_an_earlier_round_gives_no_attempt_to_the_next(connection: RedisConnection) -> None:
    admit_one(connection, event("evt_1"))
    for _ in range(3):
        release(connection, take(connection, EVENT), interrupted=False)
    fail(connection, EVENT, take(connection, EVENT).fence, error="boom", wait=None, handlers=(), keep=KEEP)
    replay(connection, record_of(connection, EVENT))

    taken = take(connection, EVENT, lease=LAPSED, max_attempts=1)

    assert (taken.round, taken.record.event.attempt, taken.record.attempts_before) == (1, 5, 4)
    assert isinstance(_try(connection, max_attempts=1), Buried)


@pytest.mark.parametrize("interrupted", [True, False])
def test_a_release_says_whether_a_handler_was_interrupted(
    connection: RedisConnection,
    interrupted: bool,  # noqa: FBT001
) -> None:
    admit_one(connection, event("evt_1"))
    release(connection, take(connection, EVENT), interrupted=interrupted)

    assert take(connection, EVENT).record.event.interrupted == int(interrupted)


def test_an_attempt_after_a_lost_worker_knows_of_it(connection: RedisConnection) -> None:
    admit_one(connection, event("evt_1"))
    for _ in range(2):
        take(connection, EVENT, lease=LAPSED)

    assert take(connection, EVENT).record.event.interrupted == 2


def test_a_failure_is_no_interruption(connection: RedisConnection) -> None:
    admit_one(connection, event("evt_1"))
    fail(connection, EVENT, take(connection, EVENT).fence, error="boom", wait=LAPSED, handlers=(), keep=KEEP)

    assert take(connection, EVENT).record.event.interrupted == 0
