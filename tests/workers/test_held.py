"""What a handler can ask before an effect: whether its attempt still has the event."""

from __future__ import annotations

import copy
import pickle

from tests.support.events import admit_one, event
from tests.support.life import LAPSED, record_of, take
from tests.support.servers import StoreServer
from tests.workers.bench import EVENT, Bench, into
from webhooks.event import Event
from webhooks.lifecycle import State
from webhooks.store.keys import KEYS
from workers.held import HeldEvent
from workers.lease import LeaseKeeper


def _taken_by_another(bench: Bench) -> None:
    bench.connection.execute("HSET", KEYS["event"] + EVENT, "lease_until", 0)
    take(bench.connection, EVENT)


def test_an_event_in_hand_is_held_and_its_lease_is_extended(bench: Bench) -> None:
    said: list[bool] = []
    lease: list[float | None] = []

    def act(held: Event) -> None:
        bench.connection.execute("HSET", KEYS["event"] + EVENT, "lease_until", 0)
        said.append(held.still_held())
        lease.append(record_of(bench.connection, EVENT).lease_until)

    bench.on(act, name="act")
    bench.admit()

    assert bench.processor.process(EVENT).state is State.SUCCEEDED
    assert said == [True]
    assert lease[0]


def test_an_event_that_another_worker_took_is_not_held(bench: Bench) -> None:
    said: list[bool] = []

    def act(held: Event) -> None:
        _taken_by_another(bench)
        said.append(held.still_held())

    bench.on(act, name="act")
    bench.admit()
    bench.processor.process(EVENT)

    assert said == [False]


def test_an_event_is_not_held_after_its_attempt(bench: Bench) -> None:
    seen: list[Event] = []
    bench.on(into(seen), name="act")
    bench.admit()
    bench.processor.process(EVENT)

    assert not seen[0].still_held()


def test_while_the_store_is_away_an_event_is_held_until_its_lease_ends(own_server: StoreServer) -> None:
    now = 0.0
    connection = own_server.connect()
    admit_one(connection, event("evt_1"))
    keeper = LeaseKeeper(connection, lease=60.0, on_lost=lambda: None, clock=lambda: now)
    claimed = take(connection, EVENT)
    said = []
    with keeper.hold(claimed):
        assert keeper.holds(claimed)
        own_server.kill()
        now = 59.0
        said.append(keeper.holds(claimed))
        now = 61.0
        said.append(keeper.holds(claimed))
    keeper.stop()
    connection.close()

    assert said == [True, False]


def test_a_result_of_a_lost_lease_ends_the_process_before_its_next_event(bench: Bench) -> None:
    bench.on(lambda _: _taken_by_another(bench), name="act")
    bench.admit()

    bench.processor.process(EVENT)

    assert bench.lost == ["lost"]
    assert bench.record().handlers == ()


def test_a_claim_whose_reply_came_after_its_lease_runs_no_handler_when_another_took_the_event(
    bench: Bench,
) -> None:
    bench.admit()
    late = take(bench.connection, EVENT, lease=LAPSED)
    take(bench.connection, EVENT)
    object.__setattr__(late, "asked", late.asked - 61.0)

    with bench.keeper.hold(late):
        assert bench.lost == ["lost"]


def test_the_event_of_a_handler_equals_what_was_received_and_travels_as_a_plain_event() -> None:
    plain = event("evt_1")
    held = HeldEvent.of(plain, lambda: False)

    assert held == plain
    assert held.header("content-type") == plain.header("content-type")
    assert type(pickle.loads(pickle.dumps(held))) is Event
    assert pickle.loads(pickle.dumps(held)) == plain
    assert [found.still_held() for found in (copy.copy(held), copy.deepcopy(held))] == [False, False]
    assert not held._replace(attempt=2).still_held()


def test_an_event_outside_a_worker_is_held() -> None:
    assert event("evt_1").still_held()
