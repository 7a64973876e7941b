"""Another application of Celery in the same database: neither loses, repeats or stops what is the other's."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from celery import Celery

from tests.support.events import admit_one, event
from tests.support.processes import Installation, Process
from tests.support.servers import StoreServer
from tests.support.waiting import until
from webhooks.config import Settings
from webhooks.config.sections import Redis
from webhooks.lifecycle import State
from webhooks.store.connection import RedisConnection
from webhooks.store.keys import KEYS
from webhooks.store.listing import count
from workers.settings import celery_settings

HANDLERS = """
    from workers import Event, on

    @on("stripe", "invoice.paid")
    def paid(event: Event) -> None:
        pass
"""
CONFIG = """
    [worker]
    handlers = ["handlers"]
    processes = 1
    sweep_interval = 60
"""
NEIGHBOUR = """
    import os
    from pathlib import Path
    from celery import Celery

    app = Celery("neighbour", broker=os.environ["NEIGHBOUR_URL"], backend=os.environ["NEIGHBOUR_URL"])

    @app.task
    def note(text):
        with Path("notes").open("a") as notes:
            notes.write(text + "\\n")
        return text
"""
QUICKLY = ("--without-gossip", "--without-mingle")


@pytest.fixture
def hookline(installation: Installation) -> Installation:
    installation.configure(CONFIG)
    installation.write_handlers(HANDLERS)
    return installation


@pytest.fixture
def store(own_server: StoreServer) -> Iterator[RedisConnection]:
    found = own_server.connect()
    yield found
    found.close()


@pytest.fixture
def neighbour(own_server: StoreServer) -> Iterator[Celery]:
    """An application with Celery's own settings, as its operator uses it."""
    found = Celery("neighbour", broker=own_server.url, backend=own_server.url, set_as_current=False)
    yield found
    found.close()


@pytest.fixture
def ours(own_server: StoreServer) -> Iterator[Celery]:
    found = Celery("hookline", set_as_current=False)
    found.conf.update(celery_settings(Settings(redis=Redis(url=own_server.url))))
    yield found
    found.close()


def succeeds(store: RedisConnection, own: str) -> None:
    admit_one(store, event(own))
    done_is(store, own)


def done_is(store: RedisConnection, own: str) -> None:
    key = f"{KEYS['event']}stripe:{own}"
    until(lambda: store.execute("HGET", key, "state") == State.SUCCEEDED.encode(), what=f"{own} is done")


def start_neighbour(tmp_path: Path, url: str) -> Process:
    (tmp_path / "neighbour.py").write_text(textwrap.dedent(NEIGHBOUR), encoding="utf-8")
    command = [*(sys.executable, "-m", "celery", "-A", "neighbour", "worker", "--pool", "solo"), *QUICKLY]
    environ = {"NEIGHBOUR_URL": url}
    return Process("neighbour", command, folder=tmp_path, environ=environ, log=tmp_path / "neighbour.log")


def test_hookline_keeps_nothing_under_a_name_that_is_not_its_own(
    hookline: Installation, store: RedisConnection, ours: Celery
) -> None:
    hookline.start_web()
    hookline.start_flower()
    hookline.start_worker()
    hookline.meet()
    succeeds(store, "evt_1")
    until(lambda: ours.control.ping(timeout=1, limit=1), what="the worker answers")

    keys = [key.decode() for key in store.execute("KEYS", "*")]
    channels = [name.decode() for name in store.execute("PUBSUB", "CHANNELS")]
    assert [name for name in (*keys, *channels) if not name.startswith("hookline:")] == []


def test_a_neighbours_commands_reach_its_own_workers_alone(
    hookline: Installation, store: RedisConnection, neighbour: Celery, own_server: StoreServer
) -> None:
    worker = hookline.start_worker()
    succeeds(store, "evt_1")
    other = start_neighbour(hookline.folder, own_server.url)
    try:
        until(lambda: neighbour.control.ping(timeout=0.5), what="the neighbour works")
        assert [name[:7] for reply in neighbour.control.ping(timeout=1) for name in reply] == ["celery@"]
        assert neighbour.send_task("neighbour.note", ("one",)).get(timeout=30) == "one"
        for command in ("cancel_consumer", "add_consumer"):
            neighbour.control.broadcast(command, arguments={"queue": "hookline"})
        neighbour.control.purge()
        neighbour.control.shutdown()
        assert other.popen.wait(60) == 0
    finally:
        other.stop()

    succeeds(store, "evt_2")
    assert worker.popen.poll() is None


def test_a_command_of_ours_does_not_reach_a_neighbour(
    hookline: Installation, store: RedisConnection, neighbour: Celery, ours: Celery, own_server: StoreServer
) -> None:
    worker = hookline.start_worker()
    other = start_neighbour(hookline.folder, own_server.url)
    try:
        until(lambda: neighbour.control.ping(timeout=0.5), what="the neighbour works")
        until(lambda: ours.control.ping(timeout=0.5), what="the worker answers")
        ours.control.purge()
        ours.control.shutdown()
        assert worker.popen.wait(60) == 0
        assert neighbour.send_task("neighbour.note", ("one",)).get(timeout=30) == "one"
        assert other.popen.poll() is None
    finally:
        other.stop()


@pytest.mark.parametrize("giver", ["ours", "neighbour"])
def test_a_message_in_the_hands_of_one_is_not_given_back_by_the_other(
    store: RedisConnection, ours: Celery, neighbour: Celery, giver: str
) -> None:
    holder, other = (neighbour, ours) if giver == "ours" else (ours, neighbour)
    holder.send_task("note", ("one",), queue="hookline" if holder is ours else "celery")
    with holder.connection_for_read() as has, other.connection_for_read() as gives:
        taken = _take(holder, has)
        _age(store, holder)
        _restore(gives)
        assert _held(store, holder) == 1

        _restore(has)
        assert _held(store, holder) == 0  # so that it would have been
        assert taken is not None


def _take(app: Celery, connection: Any) -> Any:
    channel = connection.default_channel
    return channel.basic_get(app.conf.task_default_queue)


def _restore(connection: Any) -> None:
    connection.default_channel.qos.restore_visible(interval=1)


def _prefix(app: Celery) -> str:
    return str(app.conf.broker_transport_options.get("global_keyprefix", ""))


def _age(store: RedisConnection, app: Celery) -> None:
    """Let what an application has in hand be older than any visibility timeout."""
    index = f"{_prefix(app)}unacked_index"
    for tag in store.execute("ZRANGE", index, 0, -1):
        store.execute("ZADD", index, "1", tag)


def _held(store: RedisConnection, app: Celery) -> int:
    return int(store.execute("HLEN", f"{_prefix(app)}unacked"))


def test_two_workers_of_a_host_are_two(hookline: Installation, store: RedisConnection, ours: Celery) -> None:
    hookline.start_worker()
    hookline.start_worker()
    until(lambda: len(count(store).workers) == 2, what="both have looked for work")
    until(lambda: len(ours.control.ping(timeout=1)) == 2, what="both answer")


def test_a_worker_takes_what_an_earlier_release_left(hookline: Installation, store: RedisConnection) -> None:
    admit_one(store, event("queued"))
    store.execute("LMOVE", KEYS["queue"], KEYS["former_queue"], "RIGHT", "LEFT")
    hookline.start_worker()
    done_is(store, "queued")
    assert store.execute("EXISTS", KEYS["former_queue"]) == 0
