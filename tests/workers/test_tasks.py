"""The Celery task: what Flower is shown of each attempt, and that nothing is published by it."""

from __future__ import annotations

import json
import re
import signal
import traceback
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest
from celery import Celery, states
from celery.exceptions import Retry as CeleryRetry

from tests.support.life import LAPSED, record_of, take
from tests.support.servers import StoreServer
from tests.workers.bench import EVENT, SECRET, Bench
from webhooks.event import Event
from webhooks.lifecycle import State
from webhooks.store.connection import RedisConnection
from webhooks.store.keys import KEYS, TASK
from workers.request import TOLD
from workers.retries import Dead, Retry
from workers.runtime import Runtime, onward_of
from workers.settings import celery_settings
from workers.shown import HandlerFailed
from workers.stopping import Stopping
from workers.tasks import make_task
from workers.turn import Turn


def _task(app: Celery, bench: Bench) -> Any:
    live = SimpleNamespace(install=lambda: None, turn=bench.turn, teller=lambda _: None)
    return make_task(app, lambda: cast("Runtime", live))


@pytest.fixture
def app(store_server: StoreServer, bench: Bench) -> Iterator[Celery]:
    found = Celery("hookline", set_as_current=False)
    found.conf.update(celery_settings(bench.settings))
    yield found
    found.close()


@pytest.fixture
def task(app: Celery, bench: Bench) -> Any:
    """The task, its one event admitted and its hint taken."""
    bench.admit(body=b'{"card": "4242 4242 4242 4242"}')
    bench.connection.execute("DEL", KEYS["queue"])
    return _task(app, bench)


@pytest.fixture
def silent(connection: RedisConnection) -> Iterator[None]:
    """Nothing is in the queue when the test has ended."""
    yield
    assert connection.execute("LLEN", KEYS["queue"]) == 0


def _fail(event: Event) -> None:
    msg = f"cannot charge {event.json()['card']} with {SECRET}"
    raise ValueError(msg)


def _die(event: Event) -> None:
    msg = f"no such card {event.json()['card']}"
    raise Dead(msg)


pytestmark = pytest.mark.usefixtures("silent")


def test_the_task_has_the_name_that_the_hints_carry(task: Any) -> None:
    assert task.name == TASK


def test_success_returns_nothing(bench: Bench, task: Any) -> None:
    bench.on(lambda _: None, name="paid")

    assert task(EVENT) is None

    assert bench.record().state is State.SUCCEEDED


def test_an_event_that_waits_shows_as_retry_with_its_wait(bench: Bench, task: Any) -> None:
    bench.on(_fail, name="charge")

    with pytest.raises(CeleryRetry) as caught:
        task(EVENT)

    assert caught.value.when == 5.0
    assert isinstance(caught.value.exc, HandlerFailed)
    assert bench.record().state is State.WAITING


def test_a_dead_event_shows_as_failure(bench: Bench, task: Any) -> None:
    bench.on(_die, name="charge")

    with pytest.raises(HandlerFailed, match=r"^shop\.charge: Dead: no such card ?\[masked\]$"):
        task(EVENT)

    assert bench.record().state is State.DEAD


def test_what_is_shown_masks_the_body_and_the_secrets(bench: Bench, task: Any) -> None:
    bench.on(_fail, name="charge")

    with pytest.raises(CeleryRetry) as caught:
        task(EVENT)

    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value.exc)
    assert re.search(r"shop\.charge: ValueError: cannot charge ?\[masked\] ?with \[masked\]", shown)
    assert "4242" not in shown
    assert SECRET not in shown


def test_what_is_shown_leads_to_the_line_that_failed(bench: Bench, task: Any) -> None:
    bench.on(_fail, name="charge")

    with pytest.raises(CeleryRetry) as caught:
        task(EVENT)

    frames = traceback.extract_tb(caught.value.exc.__traceback__)
    assert frames[-1].name == "_fail"
    assert caught.value.exc.__cause__ is None
    assert caught.value.exc.__suppress_context__ or caught.value.exc.__context__ is None


@pytest.mark.parametrize(
    ("act", "state"),
    [
        (lambda _: None, states.SUCCESS),
        (_fail, states.RETRY),
        (_die, states.FAILURE),
    ],
    ids=["success", "retry", "failure"],
)
def test_celery_itself_sees_the_state_that_flower_shows(
    bench: Bench, task: Any, act: Any, state: str
) -> None:
    bench.on(act, name="charge")

    assert task.apply(args=(EVENT,)).state == state


def test_a_wait_that_a_handler_asked_for_is_shown_and_not_published(bench: Bench, task: Any) -> None:
    def later(event: Event) -> None:
        raise Retry(after=3600)

    bench.on(later, name="later")

    result = task.apply(args=(EVENT,))

    assert (result.state, result.result.when) == (states.RETRY, 3600)


def test_an_event_whose_workers_all_died_shows_as_failure(bench: Bench, task: Any) -> None:
    for _ in range(3):
        bench.connection.execute("HINCRBY", KEYS["event"] + EVENT, "attempts", 1)

    with pytest.raises(HandlerFailed, match="worker lost: 3 attempts were used up"):
        task(EVENT)


def test_a_second_hint_shows_as_success_and_does_nothing(bench: Bench, task: Any) -> None:
    runs: list[str] = []
    bench.on(lambda event: runs.append(event.id), name="paid")

    for _ in range(2):
        assert task.apply(args=(EVENT,)).state == states.SUCCESS

    assert runs == [EVENT]


def test_a_store_that_is_away_is_no_failure_of_the_event(
    own_server: StoreServer, own_bench: Bench, app: Celery, caplog: pytest.LogCaptureFixture
) -> None:
    own_bench.admit()
    task = _task(app, own_bench)
    own_server.kill()

    assert task.apply(args=(EVENT,)).state == states.SUCCESS

    assert "unavailable" in caplog.messages
    own_server.start()
    assert own_bench.record().state is State.QUEUED


def test_a_process_that_is_to_stop_leaves_the_task_by_stopping(
    bench: Bench, task: Any, connection: RedisConnection
) -> None:
    bench.on(lambda _: bench.switch.request(signal.SIGTERM, None), name="long")

    with pytest.raises(Stopping):
        task(EVENT)

    assert bench.record().state is State.QUEUED
    message = json.loads(connection.execute("RPOP", KEYS["queue"]))
    assert message["headers"]["id"] == f"{EVENT}.2"


def test_the_signals_are_answered_before_the_first_event(app: Celery, bench: Bench) -> None:
    order: list[str] = []

    class Watched(Turn):
        def run(self, event_id: str, **options: Any) -> Any:
            order.append("run")
            return super().run(event_id, **options)

    turn = Watched(bench.processor, bench.switch, onward=onward_of(bench.settings))
    live = SimpleNamespace(install=lambda: order.append("install"), turn=turn, teller=lambda _: None)

    make_task(app, lambda: cast("Runtime", live))("stripe:never_seen")

    assert order == ["install", "run"]


@pytest.mark.parametrize(("own", "said"), [("stripe:evt_1.1", TOLD), ("stripe:evt_1.2", None)])
def test_a_second_message_says_success_only_of_the_attempt_that_had_it(
    bench: Bench, task: Any, own: str, said: str | None
) -> None:
    bench.on(lambda _: None, name="paid")
    take(bench.connection, EVENT, lease=LAPSED)  # the first attempt, whose worker is lost
    task.apply(args=(EVENT,), task_id="stripe:evt_1.2")
    assert record_of(bench.connection, EVENT).state is State.SUCCEEDED
    assert task.apply(args=(EVENT,), task_id=own).result == said


def test_a_message_of_an_event_that_another_has_says_nothing(bench: Bench, task: Any) -> None:
    take(bench.connection, EVENT)
    assert task.apply(args=(EVENT,), task_id="stripe:evt_1.1").result == TOLD
