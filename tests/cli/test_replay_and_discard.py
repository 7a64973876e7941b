"""`hookline replay` and `hookline discard`."""

from __future__ import annotations

import json

import pytest

from tests.cli.test_events import kill_event
from tests.support.events import admit_one, event
from tests.support.processes import Installation
from webhooks.store.connection import RedisConnection


def state(connection: RedisConnection, own: str) -> str:
    found: bytes = connection.execute("HGET", f"hookline:event:stripe:{own}", "state")
    return found.decode()


@pytest.fixture
def three_dead(connection: RedisConnection) -> None:
    for number in range(3):
        admit_one(connection, event(f"evt_{number}"))
        kill_event(connection, f"stripe:evt_{number}")


@pytest.mark.usefixtures("three_dead")
def test_replay_queues_the_events_that_are_named(console: Installation, connection: RedisConnection) -> None:
    done = console.cli("replay", "stripe:evt_0", "stripe:evt_1")
    assert "replayed 2 of 2" in done.stdout
    assert [state(connection, f"evt_{n}") for n in range(3)] == ["queued", "queued", "dead"]


@pytest.mark.usefixtures("three_dead")
def test_replay_dead_queues_all_that_the_filters_let_through(
    console: Installation, connection: RedisConnection
) -> None:
    admit_one(connection, event("other", type="ping"))
    kill_event(connection, "stripe:other")
    done = console.cli("replay", "--dead", "--source", "stripe", "--type", "invoice.paid", "--json")
    moved = json.loads(done.stdout)
    assert {row["id"] for row in moved} == {f"stripe:evt_{n}" for n in range(3)}
    assert {row["state"] for row in moved} == {"queued"}
    assert state(connection, "other") == "dead"


@pytest.mark.usefixtures("three_dead")
def test_an_event_that_cannot_be_replayed_says_why_and_exits_with_1(
    console: Installation, connection: RedisConnection
) -> None:
    admit_one(connection, event("fresh"))
    done = console.cli("replay", "stripe:fresh", "stripe:nobody", "stripe:evt_0", check=False)
    assert done.returncode == 1
    assert "it is queued; replay takes waiting, dead, discarded, unhandled" in done.stdout
    assert "no such event" in done.stdout
    assert state(connection, "evt_0") == "queued"


def test_replay_wants_ids_or_dead_and_not_both(console: Installation) -> None:
    for arguments in ((), ("stripe:a", "--dead")):
        done = console.cli("replay", *arguments, check=False)
        assert done.returncode == 2
        assert "one of the two" in done.stderr


def test_replaying_nothing_is_done_at_once(console: Installation) -> None:
    assert console.cli("replay", "--dead").stdout == "replayed 0 of 0\n"


def test_many_events_show_a_progress_bar_and_one_line(
    console: Installation, connection: RedisConnection
) -> None:
    for number in range(30):
        admit_one(connection, event(f"evt_{number}"))
        kill_event(connection, f"stripe:evt_{number}")
    done = console.cli("replay", "--dead")
    assert done.stdout == "replayed 30 of 30\n"
    assert "replayed" in done.stderr
    assert "100%" in done.stderr


@pytest.mark.usefixtures("three_dead")
def test_discard_without_yes_does_nothing_where_nobody_can_be_asked(
    console: Installation, connection: RedisConnection
) -> None:
    done = console.cli("discard", "--dead", check=False)
    assert done.returncode == 2
    assert "3 events would be discarded: say --yes" in done.stderr
    assert state(connection, "evt_0") == "dead"


@pytest.mark.usefixtures("three_dead")
def test_discard_keeps_an_event_from_running_until_it_is_replayed(
    console: Installation, connection: RedisConnection
) -> None:
    assert "discarded 1 of 1" in console.cli("discard", "stripe:evt_0", "--yes").stdout
    assert state(connection, "evt_0") == "discarded"
    assert connection.execute("ZSCORE", "hookline:due", "stripe:evt_0") is None
    console.cli("replay", "stripe:evt_0")
    assert state(connection, "evt_0") == "queued"
