"""How a worker process serves, and how it ends."""

from __future__ import annotations

import gc
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.hostile.bodies import signed
from tests.hostile.wire import converse, parse, read_all
from tests.support.processes import SECRET, Installation, without_coverage
from tests.support.waiting import until
from webhooks.serving.heartbeat import HANGING, LOOK
from webhooks.serving.worker import Worker

READY = b"GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n"
LIVE = READY.replace(b"/readyz", b"/livez")


def connect(installation: Installation) -> socket.socket:
    return socket.create_connection(("127.0.0.1", installation.port), timeout=20)


def answered(connection: socket.socket, raw: bytes) -> bytes:
    """Send a request on a connection that stays, and return the start of the answer."""
    connection.sendall(raw)
    return connection.recv(65536)


def test_garbage_is_looked_for_once_the_application_is_there() -> None:
    worker = Worker.__new__(Worker)
    worker.app = SimpleNamespace(wsgi=gc.isenabled)
    gc.disable()
    try:
        worker.load_wsgi()
        assert gc.isenabled()
        assert gc.get_freeze_count() > 0
    finally:
        gc.enable()
        gc.unfreeze()


def test_garbage_is_looked_for_in_the_parent_too_once_it_has_imported(installation: Installation) -> None:
    code = (
        "import gc, webhooks.server as server; assert not gc.isenabled(); server.on_starting(None); "
        "assert gc.isenabled() and gc.get_freeze_count()"
    )
    environ = without_coverage(installation.environ)
    subprocess.run([sys.executable, "-c", code], env=environ, check=True, timeout=60)


def test_a_connection_serves_many_requests(installation: Installation) -> None:
    installation.start_web()
    with connect(installation) as connection:
        for number in range(5):
            answer = answered(connection, signed(b'{"id": "evt_%d"}' % number, SECRET))
            assert answer.startswith(b"HTTP/1.1 200 ")
            assert b"Connection: keep-alive" in answer


def test_a_request_that_is_being_sent_when_the_worker_is_told_to_stop_is_answered(
    installation: Installation,
) -> None:
    web = installation.start_web()
    raw = signed(b'{"id": "evt_last"}', SECRET)
    with connect(installation) as idle, connect(installation) as busy:
        assert answered(idle, READY).startswith(b"HTTP/1.1 200 ")
        busy.sendall(raw[:-5])
        # Both have been taken when a third one is answered.
        assert installation.get("/livez") == 200
        web.signal(signal.SIGTERM)
        assert read_all(idle) == b""
        busy.sendall(raw[-5:])
        (reply,) = parse(read_all(busy))
    assert json.loads(reply.body) == {"status": "accepted", "id": "stripe:evt_last"}
    assert web.stop() == 0


def test_a_draining_worker_says_so_and_still_answers(installation: Installation) -> None:
    web = installation.start_web(HOOKLINE_WEB_DRAIN="3")
    web.signal(signal.SIGTERM)
    until(lambda: installation.get("/readyz") == 503, what="the worker drains")
    (reply,) = converse(installation.port, signed(b'{"id": "evt_draining"}', SECRET))
    assert reply.status == 200
    assert web.popen.wait(timeout=15) == 0


@pytest.mark.parametrize("number", [signal.SIGQUIT, signal.SIGINT])
def test_a_worker_that_is_to_stop_at_once_does(installation: Installation, number: int) -> None:
    web = installation.start_web(HOOKLINE_WEB_DRAIN="30")
    with connect(installation) as connection:
        connection.sendall(READY[:-2])
        web.signal(number)
        assert web.popen.wait(timeout=10) == 0
        assert read_all(connection) == b""


def test_a_worker_whose_parent_is_killed_ends(installation: Installation) -> None:
    web = installation.start_web()
    (worker,) = web.children()
    web.signal(signal.SIGKILL)
    web.popen.wait()
    until(lambda: not Path(f"/proc/{worker}").exists() or _zombie(worker), what="the worker ends")


@pytest.mark.parametrize("number", [signal.SIGSTOP, signal.SIGABRT])
def test_a_worker_that_hangs_or_is_found_hanging_is_replaced(installation: Installation, number: int) -> None:
    web = installation.start_web()
    (worker,) = web.children()
    os.kill(worker, number)
    until(lambda: worker not in web.children() and web.children(), what="there is another")
    until(lambda: installation.get("/livez") == 200, what="it answers")


def test_a_worker_that_drains_for_longer_than_one_may_hang_is_let_be(installation: Installation) -> None:
    web = installation.start_web(HOOKLINE_WEB_DRAIN=str(HANGING + 2))
    (worker,) = web.children()
    os.kill(worker, signal.SIGTERM)
    until(lambda: worker not in web.children() and web.children(), what="it has drained")
    assert "WORKER TIMEOUT" not in web.output


def test_a_receiver_that_is_frozen_as_a_whole_keeps_its_workers(installation: Installation) -> None:
    web = installation.start_web()
    before = web.children()
    for pid in (web.popen.pid, *before):
        os.kill(pid, signal.SIGSTOP)
    frozen = time.monotonic()
    until(lambda: time.monotonic() > frozen + HANGING + 2, what="a worker would be replaced")
    thawed = time.monotonic()
    for pid in (web.popen.pid, *before):
        os.kill(pid, signal.SIGCONT)
    until(lambda: time.monotonic() > thawed + 2 * LOOK, what="the arbiter has looked at them")
    assert installation.get("/livez") == 200
    assert web.children() == before


def test_with_no_room_idle_connections_make_place_and_the_others_wait(installation: Installation) -> None:
    installation.start_web(GUNICORN_CMD_ARGS="--worker-connections 5")
    idle = [connect(installation) for _ in range(3)]
    for connection in idle:
        assert answered(connection, READY).startswith(b"HTTP/1.1 200 ")
    busy = [connect(installation) for _ in range(5)]
    for connection in busy:
        connection.sendall(READY[:-2])
    for connection in idle:
        assert read_all(connection) == b""
        connection.close()
    started = time.monotonic()
    # Those who never end their head are cut off, and whoever waited is served.
    assert [reply.status for reply in converse(installation.port, READY)] == [200]
    assert time.monotonic() - started > 1.0
    for connection in busy:
        (reply,) = parse(read_all(connection))
        assert reply.status == 408
        connection.close()


def test_with_no_room_a_busy_connection_ends_with_an_answer_and_the_next_one_is_served(
    installation: Installation,
) -> None:
    installation.start_web(GUNICORN_CMD_ARGS="--worker-connections 3")
    busy = [connect(installation) for _ in range(3)]
    for connection in busy:
        connection.sendall(READY[:-2])
    with connect(installation) as waiting:
        waiting.sendall(READY)
        answer = answered(busy[0], READY[-2:])
        while b"\r\nConnection: close\r\n" not in answer:
            assert answer.startswith(b"HTTP/1.1 200 ")
            answer = answered(busy[0], READY)
        assert read_all(busy[0]) == b""
        assert waiting.recv(65536).startswith(b"HTTP/1.1 200 ")
    for connection in busy:
        connection.close()


def test_with_no_files_left_connections_wait_until_there_are_some(installation: Installation) -> None:
    web = installation.start_web()
    (worker,) = web.children()
    before = resource.prlimit(worker, resource.RLIMIT_NOFILE)
    # The lowest number that is free is the first that it may not use.
    used = {int(one.name) for one in Path(f"/proc/{worker}/fd").iterdir()}
    free = min(set(range(len(used) + 1)) - used)
    resource.prlimit(worker, resource.RLIMIT_NOFILE, (free, before[1]))
    waiting = [connect(installation) for _ in range(3)]
    for connection in waiting:
        connection.sendall(LIVE)
    until(lambda: '"step": "not_accepting"' in web.output, what="it says so")
    resource.prlimit(worker, resource.RLIMIT_NOFILE, before)
    for connection in waiting:
        with connection:
            assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")


def _zombie(pid: int) -> bool:
    return "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text()
