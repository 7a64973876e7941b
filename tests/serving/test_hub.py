"""What waits in one request keeps no other from going on."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterator
from concurrent.futures import Future

import pytest
from greenlet import getcurrent

from tests.support.loops import begin, running_hub
from tests.support.servers import StoreServer
from tests.support.waiting import until
from webhooks.errors import Unavailable
from webhooks.serving.hub import ASIDES, Hub
from webhooks.serving.pipeline import GROUP, Pipeline

PATIENT = 20.0


@pytest.fixture
def hub() -> Iterator[Hub]:
    with running_hub() as found:
        yield found


def test_a_call_aside_runs_in_a_thread_while_other_requests_go_on(hub: Hub) -> None:
    gate = threading.Event()
    threads: list[str] = []

    def wait() -> int:
        threads.append(threading.current_thread().name)
        gate.wait(PATIENT)
        return 7

    waiting = begin(hub, lambda: hub.aside(wait))
    other = begin(hub, lambda: threading.current_thread().name)
    assert other.result(PATIENT) == "loop"
    assert not waiting.done()
    gate.set()
    assert waiting.result(PATIENT) == 7
    assert threads[0].startswith("aside")


def test_what_a_call_aside_raises_is_raised_where_it_was_called(hub: Hub) -> None:
    def fail() -> None:
        raise Unavailable("the disk is away")

    with pytest.raises(Unavailable, match="the disk is away"):
        begin(hub, lambda: hub.aside(fail)).result(PATIENT)


def test_a_call_aside_from_a_thread_is_made_at_once(hub: Hub) -> None:
    assert hub.aside(threading.current_thread) is threading.current_thread()


def test_what_inflates_runs_in_one_thread_whoever_asks(hub: Hub) -> None:
    def name() -> str:
        return threading.current_thread().name

    found = {begin(hub, lambda: hub.inflating(name)).result(PATIENT) for _ in range(3)}
    done: Future[str] = Future()
    hub.submit(lambda: done.set_result(hub.inflating(name)), "stream")
    found |= {done.result(PATIENT), hub.inflating(name)}
    (only,) = found
    assert only.startswith("inflating")


def test_a_source_whose_calls_all_wait_leaves_a_thread_aside_for_another(hub: Hub) -> None:
    gate = threading.Event()
    flood = [begin(hub, lambda: hub.aside(lambda: gate.wait(PATIENT)), "flooded") for _ in range(2 * ASIDES)]
    assert begin(hub, lambda: hub.aside(lambda: "honest"), "honest").result(PATIENT) == "honest"
    assert not any(one.done() for one in flood)
    gate.set()
    assert all(one.result(PATIENT) for one in flood)


def test_the_loop_itself_may_not_wait(hub: Hub) -> None:
    told: Future[BaseException] = Future()

    def wait() -> None:
        try:
            hub.aside(lambda: None)
        except RuntimeError as error:
            told.set_result(error)

    hub.loop.call_soon_threadsafe(wait)
    assert "only a greenlet may wait" in str(told.result(PATIENT))


def test_requests_that_share_a_pipeline_get_their_own_replies(hub: Hub, store_server: StoreServer) -> None:
    pipeline = Pipeline(store_server.url, timeout=PATIENT, hub=hub)

    def echo(number: int) -> bool:
        return all(
            pipeline.execute("ECHO", f"{number}-{turn}") == f"{number}-{turn}".encode() for turn in range(20)
        )

    requests = [begin(hub, lambda number=number: echo(number)) for number in range(50)]  # type: ignore[misc]
    assert all(request.result(PATIENT) for request in requests)
    # One connection for all of them.
    names = pipeline.execute("CLIENT", "LIST").decode().count("name=hookline cmd=echo")
    assert names <= 1
    pipeline.close()


def test_redis_works_on_a_group_of_commands_while_others_are_still_to_be_asked(
    hub: Hub, own_server: StoreServer
) -> None:
    pipeline = Pipeline(own_server.url, timeout=PATIENT, hub=hub)
    begin(hub, lambda: pipeline.execute("PING")).result(PATIENT)
    store = own_server.connect()
    worked: Future[bool] = Future()

    def ask_many_in_one_turn() -> None:
        for _ in range(GROUP):
            hub.spawn(lambda: pipeline.execute("INCR", "asked"))
        try:
            until(
                lambda: store.execute("GET", "asked") == str(GROUP).encode(), within=10, what="Redis has it"
            )
        except AssertionError as error:
            worked.set_exception(error)
        else:
            worked.set_result(True)

    hub.loop.call_soon_threadsafe(ask_many_in_one_turn)
    assert worked.result(PATIENT)
    pipeline.close()
    store.close()


def test_a_thread_that_waits_for_a_loop_that_ends_is_told() -> None:
    with running_hub() as hub:
        began = threading.Event()
        waiting: Future[object] = Future()

        def wait() -> None:
            try:
                waiting.set_result(hub.wait(lambda _: began.set()))
            except Unavailable as error:
                waiting.set_exception(error)

        thread = threading.Thread(target=wait)
        thread.start()
        assert began.wait(PATIENT)
    with pytest.raises(Unavailable, match="stopping"):
        waiting.result(PATIENT)
    thread.join()


def test_a_greenlet_that_is_kept_for_the_next_request_holds_nothing_of_the_last(hub: Hub) -> None:
    class Body:
        """Stands for a request's bytes."""

    told: Future[weakref.ref[Body]] = Future()

    def run() -> None:
        body = Body()
        told.set_result(weakref.ref(body))

        def use() -> None:
            str(body)

        hub.spawn(use)

    hub.loop.call_soon_threadsafe(run)
    kept = told.result(PATIENT)
    until(lambda: kept() is None, within=PATIENT, what="the request is forgotten")


def test_a_greenlet_is_used_again(hub: Hub) -> None:
    first = begin(hub, lambda: id(getcurrent())).result(PATIENT)
    second = begin(hub, lambda: id(getcurrent())).result(PATIENT)
    assert first == second
