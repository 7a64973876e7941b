"""Reading the store: one event, pages of them, and how many there are."""

from __future__ import annotations

from itertools import product

import pytest

from tests.support.events import NOW, admit_one, arrival, event
from tests.support.life import LAPSED, bring_to, take
from webhooks.event import Event
from webhooks.lifecycle import State
from webhooks.store.admission import admit
from webhooks.store.connection import RedisConnection
from webhooks.store.keys import KEYS
from webhooks.store.listing import Filter, count, find, list_ids, list_records
from webhooks.store.upkeep import sweep


def _admit_many(connection: RedisConnection, events: list[Event]) -> None:
    for first in range(0, len(events), 100):
        batch = [arrival(one) for one in events[first : first + 100]]
        admit(connection, batch, key_retention=60.0, dead_retention=60.0)


@pytest.fixture
def mixed(connection: RedisConnection) -> list[Event]:
    """Twelve events, one a second: two sources, two types, three states."""
    events = []
    traits = product(("stripe", "github"), ("paid", "sent"), (State.QUEUED, State.SUCCEEDED, State.DEAD))
    for number, (source, kind, state) in enumerate(traits):
        one = event(id=f"{source}:{number}", source=source, type=kind, received_at=NOW + number)
        bring_to(connection, state, one)
        events.append(one)
    return events


def _ids(connection: RedisConnection, wanted: Filter) -> list[int]:
    return [int(event_id.partition(":")[2]) for event_id in list_ids(connection, wanted)]


def test_an_unknown_event_is_not_found(connection: RedisConnection) -> None:
    assert find(connection, "stripe:never_seen") is None


def test_everything_is_listed_latest_first(connection: RedisConnection, mixed: list[Event]) -> None:
    assert list(list_ids(connection, Filter())) == [one.id for one in reversed(mixed)]


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        (Filter(source="stripe"), [5, 4, 3, 2, 1, 0]),
        (Filter(source="github"), [11, 10, 9, 8, 7, 6]),
        (Filter(source="unheard_of"), []),
        (Filter(state=State.DEAD), [11, 8, 5, 2]),
        (Filter(state=State.WAITING), []),
        (Filter(source="stripe", type="paid"), [2, 1, 0]),
        (Filter(source="stripe", type="unheard.of"), []),
        (Filter(source="stripe", state=State.QUEUED), [3, 0]),
        (Filter(source="github", type="sent", state=State.SUCCEEDED), [10]),
        (Filter(since=NOW + 9), [11, 10, 9]),
        (Filter(until=NOW + 2), [1, 0]),
        (Filter(since=NOW + 4, until=NOW + 6), [5, 4]),
        (Filter(since=NOW + 6, until=NOW + 6), []),
        (Filter(since=NOW + 7, until=NOW + 3), []),
        (Filter(source="github", state=State.DEAD, since=NOW + 9, until=NOW + 12), [11]),
        (Filter(source="stripe", type="sent", since=NOW + 4), [5, 4]),
    ],
)
@pytest.mark.usefixtures("mixed")
def test_a_filter_lists_what_it_says(connection: RedisConnection, wanted: Filter, numbers: list[int]) -> None:
    assert _ids(connection, wanted) == numbers


def test_since_and_until_tell_milliseconds_apart(connection: RedisConnection) -> None:
    for number in range(4):
        admit_one(connection, event(f"{number}", received_at=(NOW * 1000 + number) / 1000))

    first, second, third = ((NOW * 1000 + number) / 1000 for number in (1, 2, 3))

    assert _ids(connection, Filter(since=first, until=third)) == [2, 1]
    assert _ids(connection, Filter(since=second, until=second)) == []


@pytest.mark.usefixtures("mixed")
def test_a_list_moves_neither_bodies_nor_headers(connection: RedisConnection, mixed: list[Event]) -> None:
    (record,) = list_records(connection, Filter(source="github", type="sent", state=State.QUEUED))

    assert record.event == mixed[9]._replace(method="", url="", headers=(), body=b"")
    assert record.body_bytes == len(mixed[9].body)
    assert record.state is State.QUEUED


def test_a_record_that_went_away_while_the_list_is_read_is_left_out(
    connection: RedisConnection, mixed: list[Event]
) -> None:
    connection.execute("DEL", KEYS["event"] + mixed[3].id)

    assert len(list(list_records(connection, Filter()))) == len(mixed) - 1


@pytest.mark.parametrize("equal", [1, 199, 200, 201, 650])
def test_events_of_the_same_moment_are_listed_without_repeats_or_gaps(
    connection: RedisConnection, equal: int
) -> None:
    events = [event(f"same_{number}") for number in range(equal)]
    events += [event(f"early_{number}", received_at=NOW - 10 + number / 100) for number in range(150)]
    events += [event(f"late_{number}", received_at=NOW + 10 + number / 100) for number in range(150)]
    _admit_many(connection, events)

    found = list(list_ids(connection, Filter()))

    assert len(found) == len(events)
    assert set(found) == {one.id for one in events}


def test_a_long_list_is_ordered_across_its_pages(connection: RedisConnection) -> None:
    events = [event(f"{number}", received_at=NOW + number // 7) for number in range(520)]
    _admit_many(connection, events)

    times = [record.event.received_at for record in list_records(connection, Filter(source="stripe"))]

    assert len(times) == 520
    assert times == sorted(times, reverse=True)


def test_a_list_shows_each_event_once_while_its_events_move_on(connection: RedisConnection) -> None:
    events = [event(f"{number}", received_at=NOW + number // 250) for number in range(420)]
    _admit_many(connection, events)

    found = []
    for event_id in list_ids(connection, Filter(state=State.QUEUED)):
        found.append(event_id)
        take(connection, event_id)

    assert len(found) == 420
    assert set(found) == {one.id for one in events}


def test_a_list_ends_although_events_keep_coming(connection: RedisConnection) -> None:
    _admit_many(connection, [event(f"{number}") for number in range(250)])

    found = []
    for number, event_id in enumerate(list_ids(connection, Filter())):
        found.append(event_id)
        admit_one(connection, event(f"new_{number}", received_at=NOW + 1 + number))

    assert len(found) == 250


def test_an_empty_store_counts_nothing(connection: RedisConnection) -> None:
    counts = count(connection)

    assert counts.states == dict.fromkeys(State, 0)
    assert (counts.queue, counts.oldest_due, counts.totals, counts.workers) == (0, 0.0, {}, {})


def test_each_event_is_counted_in_its_state(connection: RedisConnection) -> None:
    for number, state in enumerate(State):
        for copy in range(number + 1):
            bring_to(connection, state, event(f"{state}_{copy}"))

    assert count(connection).states == {state: number + 1 for number, state in enumerate(State)}


def test_the_queue_and_the_totals_are_counted(connection: RedisConnection) -> None:
    admit_one(connection, event("evt_1"))
    admit_one(connection, event("evt_1"))
    admit_one(connection, event(id="github:1", source="github"))

    counts = count(connection)

    assert counts.queue == 2
    assert counts.totals == {
        ("accepted", "stripe"): 1,
        ("duplicate", "stripe"): 1,
        ("accepted", "github"): 1,
    }


def test_nothing_is_late_while_the_due_times_lie_ahead(connection: RedisConnection) -> None:
    admit_one(connection, event("evt_1"))

    assert count(connection).oldest_due == 0.0


def test_what_waits_to_be_done_longest_is_told_in_seconds(connection: RedisConnection) -> None:
    admit_one(connection, event("evt_1"))
    admit_one(connection, event("evt_2"))
    seconds = int(connection.execute("TIME")[0])
    connection.execute("ZADD", KEYS["due"], "XX", (seconds - 90) * 1000, "stripe:evt_1")

    assert 90 <= count(connection).oldest_due < 95


def test_a_worker_is_told_with_the_seconds_since_its_last_sweep(connection: RedisConnection) -> None:
    bring_to(connection, State.RUNNING, event("evt_1"))
    sweep(connection, worker="celery@here", backlog=200)

    (seconds,) = count(connection).workers.values()

    assert LAPSED <= seconds < 5.0


def test_a_type_without_its_source_is_refused() -> None:
    with pytest.raises(ValueError, match="together with its source"):
        Filter(type="invoice.paid")


def test_events_of_many_sources_are_listed_as_of_one(connection: RedisConnection) -> None:
    sources = [f"source{number}" for number in range(250)]
    events = [
        event(id=f"{source}:{place}", source=source, received_at=NOW + (number * 7 + place * 3) % 50)
        for number, source in enumerate(sources)
        for place in range(3)
    ]
    for one in events:
        admit_one(connection, one)

    times = {one.id: one.received_at for one in events}
    found = list(list_ids(connection, Filter()))

    assert sorted(found) == sorted(times)
    assert [times[one] for one in found] == sorted(times.values(), reverse=True)


def test_a_rare_type_is_found_far_down(connection: RedisConnection) -> None:
    events = [event(f"{number}", received_at=NOW + number, type="common") for number in range(400)]
    events[3] = event("3", received_at=NOW + 3, type="rare")
    _admit_many(connection, events)

    assert _ids(connection, Filter(source="stripe", type="rare")) == [3]


def test_a_list_of_all_shows_each_event_once_while_its_events_move_from_state_to_state(
    connection: RedisConnection,
) -> None:
    events = [event(f"{number:03d}", received_at=NOW + number // 30) for number in range(420)]
    _admit_many(connection, events)
    waiting = [one.id for one in events]

    found = []
    for number, event_id in enumerate(list_ids(connection, Filter())):
        found.append(event_id)
        # One from either end, so that both what was listed and what will be moves.
        take(connection, waiting.pop(0 if number % 2 else -1))

    assert sorted(found) == sorted(one.id for one in events)


def test_events_of_a_moment_are_ordered_by_their_bytes(connection: RedisConnection) -> None:
    names = ["a", "B", "_", "Z", "z", "a-", "a_", "aB", "~", "9", "A"]
    for name in names:
        bring_to(connection, State.DEAD if name < "a" else State.QUEUED, event(name))

    assert [one.partition(":")[2] for one in list_ids(connection, Filter())] == sorted(names, reverse=True)


def test_each_source_is_counted(connection: RedisConnection) -> None:
    for number in range(12):
        admit_one(connection, event(id=f"source{number}:1", source=f"source{number}"))

    assert count(connection).states[State.QUEUED] == 12
