"""What Flower is told of a turn's events, held against what a worker of Celery's says of its own tasks."""

from __future__ import annotations

import json
import threading
from base64 import b64decode
from collections.abc import Iterator
from typing import Any

import pytest
import redis

from tests.support.events import admit_one, event
from tests.support.processes import Installation
from tests.support.servers import StoreServer
from tests.support.waiting import until
from webhooks.errors import Unavailable
from webhooks.event import Event
from webhooks.lifecycle import State
from webhooks.store.connection import Argument
from webhooks.store.keys import PREFIX
from webhooks.telemetry.sentry import Problem
from workers.outcome import Failure, Result
from workers.retries import Again, GiveUp
from workers.task_events import TaskEvents, channel, message
from workers.telling import TOGETHER, WAITING, Telling

HANDLERS = """
    import time
    from pathlib import Path
    from workers import Dead, Event, on

    @on("stripe", "*")
    def act(event: Event) -> None:
        while event.type == "hangs" and not Path("go").exists():
            time.sleep(0.01)
        if event.type == "fails":
            raise ValueError("once more")
        if event.type == "dies":
            raise Dead("no use")
"""
CONFIG = """
    [worker]
    handlers = ["handlers"]
    processes = 1

    [retry]
    attempts = 2
    first = 1000000
    longest = 1000000
"""
OTHER = {"clock", "timestamp", "uuid", "root_id", "args", "runtime", "traceback"}
"""Fields whose values differ from event to event."""


class Listener:
    """Hears what is published as Flower does."""

    def __init__(self, port: int) -> None:
        self._client = redis.Redis(port=port, protocol=2)
        self._ears = self._client.pubsub()  # type: ignore[no-untyped-call]
        self._ears.psubscribe(f"{PREFIX}/0.celeryev/*")
        self.messages: list[tuple[str, dict[str, Any]]] = []

    def events(self) -> list[dict[str, Any]]:
        """All events of tasks so far, in the order in which they came."""
        while (found := self._ears.get_message(timeout=0.05)) is not None:
            if found["type"] == "pmessage" and b"task" in found["channel"]:
                self.messages.append((found["channel"].decode(), json.loads(found["data"])))
        return [one for _, told in self.messages for one in json.loads(b64decode(told["body"]))]

    def of(self, task_id: str) -> list[dict[str, Any]]:
        return [one for one in self.events() if one["uuid"] == task_id]

    def close(self) -> None:
        self._ears.close()
        self._client.close()


@pytest.fixture
def listener(own_server: StoreServer) -> Iterator[Listener]:
    found = Listener(own_server.port)
    yield found
    found.close()


def _wait(listener: Listener, task_id: str) -> list[dict[str, Any]]:
    until(lambda: len(listener.of(task_id)) >= 3, what=f"all is told of {task_id}")
    return listener.of(task_id)


def test_a_turns_events_are_told_as_celery_tells_its_own(
    installation: Installation, own_server: StoreServer, listener: Listener
) -> None:
    installation.configure(CONFIG)
    installation.write_handlers(HANDLERS)
    store = own_server.connect()
    installation.start_worker()
    kinds = ("plain", "fails", "dies")
    theirs = {}
    for kind in kinds:  # by themselves: Celery tells
        admit_one(store, event(f"alone_{kind}", type=kind))
        theirs[kind] = _wait(listener, f"stripe:alone_{kind}.1")
    alone = listener.messages[-1]
    admit_one(store, event("first", type="hangs"))
    until(lambda: listener.of("stripe:first.1"), what="a turn has begun")
    for kind in kinds:
        admit_one(store, event(f"turn_{kind}", type=kind))
    (installation.folder / "go").touch()

    for kind in kinds:
        ours = _wait(listener, f"stripe:turn_{kind}.1")
        assert [one["type"] for one in ours] == [one["type"] for one in theirs[kind]]
        for own, other in zip(ours, theirs[kind], strict=True):
            assert list(own) == list(other)
            assert {name: own[name] for name in own if name not in OTHER} == {
                name: other[name] for name in other if name not in OTHER
            }
            assert all(type(own[name]) is type(other[name]) for name in own)
        received = ours[0]
        assert received["uuid"] == received["root_id"] == f"stripe:turn_{kind}.1"
        assert received["args"] == f"('stripe:turn_{kind}',)"
        clocks = [one["clock"] for one in ours]
        assert clocks == sorted(clocks)
        assert clocks[0] > theirs[kind][-1]["clock"]
    assert "handlers.act: ValueError: once more" in listener.of("stripe:turn_fails.1")[-1]["traceback"]

    # The first one's end was told when the turn went on, and is not told again with the turn's.
    admit_one(store, event("later"))
    _wait(listener, "stripe:later.1")
    told_of_first = [one["type"] for one in listener.of("stripe:first.1")]
    assert told_of_first == ["task-received", "task-started", "task-succeeded"]

    turn = next(found for found in reversed(listener.messages) if "stripe:turn" in _body(found))
    assert turn[0] == alone[0]
    for _, told in (turn, alone):
        told.pop("body")
        told["properties"].pop("delivery_tag")
    assert turn == alone
    assert list(turn[1]["properties"]) == list(alone[1]["properties"])
    store.close()


def _body(found: tuple[str, dict[str, Any]]) -> str:
    return b64decode(found[1].get("body", "")).decode()


class Said:
    """Keeps what is sent."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.clock = 0

    def tick(self) -> int:
        self.clock += 1
        return self.clock

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(text) for text in self.texts]


def _told(hostname: str = "celery@here") -> tuple[Said, TaskEvents]:
    said = Said()
    return said, TaskEvents(said.texts.append, hostname=hostname, pid=7, tick=said.tick)


@pytest.mark.parametrize("own", ['"quoted"', "it's", "back\\slash", "100%s", "größe ☃", "a.b:c"])
def test_an_event_is_json_whatever_its_names_hold(own: str) -> None:
    said, events = _told(hostname=f"celery@{own}")
    found = event(own, type=own)

    events.began(found, f"{found.id}.1")
    events.ended(Result(state=State.SUCCEEDED, duration=0.25), f"{found.id}.1")

    received, started, succeeded = said.events
    assert received["name"] == f"stripe:{own}"
    assert received["hostname"] == f"celery@{own}"
    assert {one["uuid"] for one in said.events} == {f"stripe:{own}.1"}
    assert (started["type"], succeeded["runtime"]) == ("task-started", 0.25)
    assert [one["clock"] for one in said.events] == [1, 2, 3]


@pytest.mark.parametrize(
    ("result", "kind"),
    [
        (Result(state=None), "task-succeeded"),
        (Result(state=State.UNHANDLED), "task-succeeded"),
        (
            Result(
                state=State.WAITING,
                failure=Failure(
                    handler="a", problem=Problem(kind="E", message='m "%s"'), decision=Again(1.0)
                ),
            ),
            "task-retried",
        ),
        (
            Result(
                state=State.DEAD,
                failure=Failure(
                    handler="a", problem=Problem(kind="E", message='m "%s"'), decision=GiveUp("x")
                ),
            ),
            "task-failed",
        ),
    ],
)
def test_an_end_is_told_in_celerys_words(result: Result, kind: str) -> None:
    said, events = _told()

    events.ended(result, "t.1")

    (told,) = said.events
    assert told["type"] == kind
    if result.failure is not None:
        assert told["exception"] == "HandlerFailed('a: E: m \"%s\"')"
        assert told["traceback"].endswith('HandlerFailed: a: E: m "%s"\n')


class Sink:
    """A store that takes what is published, or is away."""

    def __init__(self) -> None:
        self.published: list[tuple[Argument, list[Any]]] = []
        self.away = False
        self.tried = threading.Event()
        self.tags: set[str] = set()

    def execute(self, *command: Argument) -> Any:
        self.tried.set()
        if self.away:
            raise Unavailable("away")
        name, where, text = command
        assert name == "PUBLISH"
        told = json.loads(str(text))
        self.tags.add(told["properties"]["delivery_tag"])
        self.published.append((where, json.loads(b64decode(told["body"]))))
        return 1


def test_events_are_sent_together_and_all_of_them_at_the_end() -> None:
    sink = Sink()
    telling = Telling(sink, database="3", hostname="h", gather=60.0)
    for number in range(TOGETHER + 1):
        telling.send(str(number))

    telling.stop()

    assert (
        [where for where, _ in sink.published]
        == [channel("3")] * 2
        == ["hookline:celery:/3.celeryev/task.multi"] * 2
    )
    assert [number for _, numbers in sink.published for number in numbers] == list(range(TOGETHER + 1))
    assert len(sink.tags) == 2


def test_a_store_that_is_away_harms_nobody_and_is_tried_again() -> None:
    sink = Sink()
    sink.away = True
    telling = Telling(sink, database="0", hostname="h", gather=0.0)
    telling.send("1")
    assert sink.tried.wait(30)
    sink.away = False
    telling.send("2")

    telling.stop()

    assert sink.published[-1][1][-1] == 2


def test_what_cannot_be_sent_is_bounded() -> None:
    telling = Telling(Sink(), database="0", hostname="h", gather=60.0)
    for number in range(WAITING + 10):
        telling.send(str(number))

    assert len(telling._waiting) == WAITING
    telling.stop()


def test_one_message_is_what_kombu_reads() -> None:
    told = json.loads(message(['{"a": 1}', '{"b": 2}'], hostname='h"x', tag="t"))

    assert json.loads(b64decode(told["body"])) == [{"a": 1}, {"b": 2}]
    assert told["headers"] == {"hostname": 'h"x'}


def test_what_is_told_names_no_payload() -> None:
    said, events = _told()
    found = event("evt_1", body=b'{"card": "4242"}')
    assert isinstance(found, Event)

    events.began(found, "stripe:evt_1.1")

    assert "4242" not in "".join(said.texts)
