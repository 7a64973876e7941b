"""A worker that takes no messages though some wait gives its place to another."""

from __future__ import annotations

import os

import pytest
from celery import Celery

from tests.support.events import admit_one, event
from tests.support.processes import Installation
from tests.support.servers import StoreServer
from tests.support.waiting import until
from webhooks.config import Settings
from webhooks.config.sections import Redis
from webhooks.store.keys import KEYS, QUEUE
from workers.settings import celery_settings
from workers.watch import PATIENCE, Hearing


def test_who_takes_nothing_while_messages_wait_is_deaf_after_a_while() -> None:
    hearing = Hearing()
    assert not hearing.deaf(waiting=1, running=0, taken=5, now=100.0)
    assert not hearing.deaf(waiting=1, running=0, taken=5, now=100.0 + PATIENCE - 0.1)
    assert hearing.deaf(waiting=1, running=0, taken=5, now=100.0 + PATIENCE)


@pytest.mark.parametrize(
    "seen",
    [
        pytest.param({"waiting": 0, "running": 0, "taken": 5}, id="nothing waits"),
        pytest.param({"waiting": 9, "running": 1, "taken": 5}, id="it works"),
        pytest.param({"waiting": 9, "running": 0, "taken": 6}, id="it has taken one"),
    ],
)
def test_a_worker_with_a_reason_is_given_its_time_again(seen: dict[str, int]) -> None:
    hearing = Hearing()
    hearing.deaf(waiting=9, running=0, taken=5, now=100.0)
    assert not hearing.deaf(**seen, now=100.0 + 2 * PATIENCE)
    last = {**seen, "waiting": 9, "running": 0}
    assert not hearing.deaf(**last, now=100.0 + 3 * PATIENCE - 0.1)
    assert hearing.deaf(**last, now=100.0 + 3 * PATIENCE)


def test_a_deaf_worker_says_so_and_ends(installation: Installation, own_server: StoreServer) -> None:
    worker = installation.start_worker()
    app = Celery("hookline", set_as_current=False)
    app.conf.update(celery_settings(Settings(redis=Redis(url=own_server.url))))

    def consumes_nothing() -> bool:
        # Again each time: a worker that has just become ready may not listen yet.
        app.control.cancel_consumer(QUEUE)
        return list((app.control.inspect().active_queues() or {}).values()) == [[]]

    until(consumes_nothing, what="it consumes no more")
    store = own_server.connect()
    # What it asked for before would still be given to it.
    until(lambda: b" flags=b " not in store.execute("CLIENT", "LIST"), what="it waits for nothing")
    admit_one(store, event("evt_1"))
    assert worker.popen.wait(PATIENCE + 60) == os.EX_SOFTWARE
    assert '"step": "deaf"' in worker.output
    assert store.execute("LLEN", KEYS["queue"]) >= 1
    store.close()
    app.close()
