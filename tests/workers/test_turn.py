"""A turn: one message, and the events that wait behind it."""

from __future__ import annotations

import logging
import signal
import threading

import pytest

from tests.support.events import admit_one, event
from tests.support.life import LAPSED, hinted, record_of, take
from tests.support.servers import StoreServer
from tests.workers.bench import Bench, Tapped, into
from webhooks.event import Event
from webhooks.lifecycle import State
from webhooks.store.connection import Argument
from webhooks.store.keys import KEYS
from workers.lease import LeaseKeeper
from workers.outcome import Result
from workers.retries import Dead, Retry
from workers.settings import TURN
from workers.stopping import Stopping, StopSwitch


def _admit(bench: Bench, *kinds: str) -> list[str]:
    """Admit events of these types, and take the hint of the first as Celery does."""
    ids = [f"stripe:evt_{number}" for number, _ in enumerate(kinds)]
    for event_id, kind in zip(ids, kinds, strict=True):
        admit_one(bench.connection, event(event_id.removeprefix("stripe:"), type=kind))
    bench.connection.execute("RPOP", KEYS["queue"])
    return ids


def _states(bench: Bench, ids: list[str]) -> list[State]:
    return [record_of(bench.connection, event_id).state for event_id in ids]


class Ears:
    """Hears what Flower would be told."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str]] = []

    def began(self, event: Event, task_id: str) -> None:
        self.heard.append(("began", task_id))

    def ended(self, result: Result, task_id: str) -> None:
        self.heard.append((str(result.state), task_id))

    def lost(self, event: Event) -> None:
        self.heard.append(("lost", f"{event.id}.{event.attempt - 1}"))


class Clock:
    """A clock that handlers move on."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_turn_processes_what_waits_in_the_order_in_which_it_came(bench: Bench) -> None:
    seen: list[Event] = []
    bench.on(into(seen), name="paid")
    ids = _admit(bench, *["invoice.paid"] * 5)

    outcome = bench.turn.run(ids[0])

    assert outcome.result == Result(state=State.SUCCEEDED)
    assert [event.id for event in seen] == ids
    assert _states(bench, ids) == [State.SUCCEEDED] * 5
    assert hinted(bench.connection) == []


def test_each_further_event_costs_one_round_trip(bench: Bench) -> None:
    bench.on(lambda _: None, name="paid")
    ids = _admit(bench, *["invoice.paid"] * 20)
    tapped = Tapped(bench.connection)
    bench.connection = tapped

    bench.turn.run(ids[0])

    assert tapped.commands == 1 + len(ids)


def test_an_event_that_fails_touches_no_other(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    def act(event: Event) -> None:
        match event.type:
            case "fails":
                raise ValueError(event.id)
            case "later":
                raise Retry(after=77.0)
            case "dies":
                raise Dead(event.id)

    caplog.set_level(logging.INFO, "hookline")
    bench.on(act, name="act")
    kinds = ["fails", "good", "dies", "good", "later", "good"]
    ids = _admit(bench, *kinds)

    outcome = bench.turn.run(ids[0])

    assert outcome.result.state is State.WAITING
    good, waits = State.SUCCEEDED, State.WAITING
    assert _states(bench, ids) == [waits, good, State.DEAD, good, waits, good]
    assert [(word, subject.event) for word, subject, _ in bench.sentry.told] == [
        ("failed_first", ids[0]),
        ("dead", ids[2]),
        ("failed_first", ids[4]),
    ]
    steps = [(record.getMessage(), record.__dict__["fields"]["event"]) for record in caplog.records]
    assert steps == [(str(state), event_id) for state, event_id in zip(_states(bench, ids), ids, strict=True)]


def test_an_event_that_no_handler_wants_ends_no_turn(bench: Bench) -> None:
    bench.on(lambda _: None, "good", name="good")
    ids = _admit(bench, "good", "unknown", "good")

    bench.turn.run(ids[0])

    assert _states(bench, ids) == [State.SUCCEEDED, State.UNHANDLED, State.SUCCEEDED]


def test_hints_that_lead_nowhere_are_passed_over(bench: Bench) -> None:
    runs: list[Event] = []
    bench.on(into(runs), name="paid")
    ids = _admit(bench, *["invoice.paid"] * 4)
    take(bench.connection, ids[1])
    bench.connection.execute("DEL", KEYS["event"] + ids[2])

    bench.turn.run(ids[0])

    assert [event.id for event in runs] == [ids[0], ids[3]]


def test_a_turn_begins_no_event_when_its_time_is_over(bench: Bench) -> None:
    clock = Clock()

    def slow(event: Event) -> None:
        clock.now += 0.4 * TURN

    bench.clock = clock
    bench.on(slow, name="slow")
    ids = _admit(bench, *["invoice.paid"] * 5)

    bench.turn.run(ids[0])

    assert _states(bench, ids) == [State.SUCCEEDED] * 3 + [State.QUEUED] * 2
    assert hinted(bench.connection) == ids[3:]


def test_an_event_that_came_too_late_is_given_back_untouched(bench: Bench) -> None:
    clock = Clock()
    bench.clock = clock
    bench.on(lambda _: None, name="paid")
    ids = _admit(bench, *["invoice.paid"] * 2)
    tapped = Tapped(bench.connection)
    real, bench.connection = bench.connection, tapped

    def stall(number: int) -> None:
        clock.now += 2 * TURN if number == 2 else 0  # the reply to the first result

    tapped.after = stall
    ears = Ears()

    outcome = bench.turn.run(ids[0], task_id="t", teller=ears)

    assert not outcome.told
    assert ears.heard == []
    record = record_of(real, ids[1])
    assert (record.state, record.event.attempt, record.event.interrupted) == (State.QUEUED, 1, 0)
    assert hinted(real) == [ids[1]]


def test_a_stop_within_a_turn_lets_the_event_in_hand_be_recorded_and_takes_no_other(bench: Bench) -> None:
    bench.on(lambda _: None, name="paid")
    ids = _admit(bench, *["invoice.paid"] * 4)
    tapped = Tapped(bench.connection)
    real, bench.connection = bench.connection, tapped
    # Its first result is on the way, with which the second event comes.
    tapped.before = lambda number: bench.switch.request(signal.SIGTERM, None) if number == 2 else None

    bench.turn.run(ids[0])

    assert [record_of(real, found).state for found in ids] == [State.SUCCEEDED] + [State.QUEUED] * 3
    assert sorted(hinted(real)) == ids[1:]
    assert [record_of(real, found).event.attempt for found in ids] == [1, 1, 0, 0]
    assert {record_of(real, found).event.interrupted for found in ids} == {0}


def test_a_handler_interrupted_in_the_middle_of_a_turn_gives_its_own_event_back(bench: Bench) -> None:
    def act(event: Event) -> None:
        if event.type == "long":
            bench.switch.request(signal.SIGTERM, None)

    bench.on(act, name="act")
    ids = _admit(bench, "short", "long", "short")

    with pytest.raises(Stopping):
        bench.turn.run(ids[0])

    assert _states(bench, ids) == [State.SUCCEEDED, State.QUEUED, State.QUEUED]
    assert sorted(hinted(bench.connection)) == ids[1:]


def test_a_signal_between_two_events_of_a_turn_waits(bench: Bench) -> None:
    """An event that came with a result must not be left behind by a process that ends at once."""
    bench.on(lambda _: None, name="paid")
    ids = _admit(bench, *["invoice.paid"] * 2)

    class Signalling(Ears):
        def began(self, event: Event, task_id: str) -> None:
            bench.switch.request(signal.SIGTERM, None)

    with pytest.raises(Stopping):
        bench.turn.run(ids[0], task_id="t", teller=Signalling())

    assert _states(bench, ids) == [State.SUCCEEDED, State.QUEUED]
    assert hinted(bench.connection) == [ids[1]]


def test_the_time_limit_ends_the_handler_of_the_second_event_and_that_event_is_tried_again(
    bench: Bench,
) -> None:
    def act(event: Event) -> None:
        if event.type == "long":
            bench.switch.time_out(signal.SIGUSR1, None)

    bench.on(act, name="act")
    ids = _admit(bench, "short", "long", "short")

    outcome = bench.turn.run(ids[0])

    assert outcome.result.state is State.SUCCEEDED
    assert _states(bench, ids) == [State.SUCCEEDED, State.WAITING, State.SUCCEEDED]
    error = record_of(bench.connection, ids[1]).error
    assert error == "shop.act: TimeLimit: the handler ran longer than worker.time_limit"


def test_a_lost_lease_ends_the_turn(bench: Bench) -> None:
    def act(event: Event) -> None:
        if event.type == "lost":
            bench.connection.execute("HINCRBY", KEYS["event"] + event.id, "fence", 1)

    bench.on(act, name="act")
    ids = _admit(bench, "good", "lost", "good")

    bench.turn.run(ids[0])

    assert _states(bench, ids) == [State.SUCCEEDED, State.RUNNING, State.QUEUED]
    assert hinted(bench.connection) == [ids[2]]


def test_a_result_that_had_to_be_offered_again_takes_no_other_event(
    own_bench: Bench, own_server: StoreServer
) -> None:
    def act(event: Event) -> None:
        own_server.kill()

    own_bench.pause = lambda _: own_server.start() if own_server.ended() else None
    own_bench.on(act, name="act")
    ids = _admit(own_bench, "good", "good")

    assert own_bench.turn.run(ids[0]).result.state is State.SUCCEEDED

    assert _states(own_bench, ids) == [State.SUCCEEDED, State.QUEUED]


def test_a_store_that_is_away_too_long_ends_the_turn_with_that_events_name(
    own_bench: Bench, own_server: StoreServer, caplog: pytest.LogCaptureFixture
) -> None:
    def act(event: Event) -> None:
        if event.type == "away":
            own_server.kill()

    own_bench.on(act, name="act")
    ids = _admit(own_bench, "good", "away", "good")

    assert own_bench.turn.run(ids[0]).result.state is State.SUCCEEDED

    (said,) = [record for record in caplog.records if record.getMessage() == "unavailable"]
    assert said.__dict__["fields"]["event"] == ids[1]
    own_server.start()
    assert _states(own_bench, ids) == [State.SUCCEEDED, State.RUNNING, State.QUEUED]


def test_an_event_that_uses_up_its_attempts_in_a_turn_is_left_to_celery_to_bury(bench: Bench) -> None:
    bench.on(lambda _: None, name="paid")
    ids = _admit(bench, *["invoice.paid"] * 2)
    take(bench.connection, ids[1], lease=LAPSED)

    bench.turn.run(ids[0])

    assert hinted(bench.connection) == [ids[1]]


def test_the_lease_of_a_long_handler_in_a_turn_is_extended(bench: Bench) -> None:
    extended = threading.Event()

    class Watching(Tapped):
        def execute(self, *command: Argument) -> object:
            reply = super().execute(*command)
            if len(command) == 6 and command[3] == ids[1]:  # EXTEND of the second event
                extended.set()
            return reply

    waited: list[bool] = []

    def act(event: Event) -> None:
        if event.type == "long":
            waited.append(extended.wait(30))

    bench.on(act, name="act")
    ids = _admit(bench, "short", "long", "short")
    bench.keeper = LeaseKeeper(Watching(bench.connection), lease=0.3)

    bench.turn.run(ids[0])

    bench.keeper.stop()
    assert waited == [True]
    assert _states(bench, ids) == [State.SUCCEEDED] * 3


def test_flower_is_told_of_each_event_that_celery_does_not_know_and_of_the_firsts_end(bench: Bench) -> None:
    def act(event: Event) -> None:
        if event.type == "bad":
            raise Dead("no")

    bench.on(act, name="act")
    ids = _admit(bench, "good", "bad", "good")
    ears = Ears()

    outcome = bench.turn.run(ids[0], task_id="the-messages-own", teller=ears)

    assert outcome.told
    assert ears.heard == [
        ("succeeded", "the-messages-own"),
        ("began", f"{ids[1]}.1"),
        ("dead", f"{ids[1]}.1"),
        ("began", f"{ids[2]}.1"),
        ("succeeded", f"{ids[2]}.1"),
    ]


def test_of_a_turn_of_one_event_celery_itself_tells(bench: Bench) -> None:
    bench.on(lambda _: None, name="paid")
    ids = _admit(bench, "invoice.paid")
    ears = Ears()

    assert not bench.turn.run(ids[0], task_id="t", teller=ears).told
    assert ears.heard == []


def test_careful_blocks_may_stand_within_each_other() -> None:
    switch = StopSwitch()
    with switch.careful():
        with switch.careful():
            pass
        switch.request(signal.SIGTERM, None)
    assert switch.requested
