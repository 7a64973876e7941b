"""Refusing what could only be answered late."""

from __future__ import annotations

import hmac
import json
import logging
import signal
import socket

import pytest

from tests.hostile.bodies import signed
from tests.hostile.wire import converse, parse, read_all
from tests.support.processes import SECRET, Installation
from tests.support.raw_http import request
from tests.support.servers import StoreServer
from tests.support.waiting import until
from webhooks.serving.overload import INTERVAL, LEAST, LIMIT, Overload


class Clock:
    """A clock that stands until it is set."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def filled(clock: Clock, number: int) -> Overload:
    overload = Overload(clock=clock)
    assert all(overload.take(key, "stripe") for key in range(number))
    return overload


def test_whatever_comes_is_taken_while_the_oldest_is_young() -> None:
    clock = Clock()
    overload = filled(clock, 10 * LEAST)
    clock.now += LIMIT - 0.001
    assert overload.take("next", "stripe")


def test_a_stall_refuses_nothing_while_few_are_in_hand() -> None:
    clock = Clock()
    overload = filled(clock, LEAST - 1)
    clock.now += 100 * LIMIT
    assert overload.take("next", "stripe")


def test_many_in_hand_of_which_the_oldest_is_old_let_no_more_in_until_it_is_answered() -> None:
    clock = Clock()
    overload = filled(clock, 1)
    clock.now += LIMIT / 2
    assert all(overload.take(f"later {number}", "stripe") for number in range(LEAST))
    clock.now += LIMIT / 2 + 0.001
    assert not overload.take("next", "stripe")
    overload.end(0)
    assert overload.take("next", "stripe")


def test_a_flood_for_one_source_leaves_the_others_their_share() -> None:
    clock = Clock()
    overload = filled(clock, 10 * LEAST)
    clock.now += LIMIT + 0.001
    assert not overload.take("next", "stripe")
    taken = [key for key in range(LEAST) if overload.take(f"github {key}", "github")]
    assert len(taken) == LEAST // 2
    assert overload.take("orders", "orders")
    overload.end("github 0")
    assert not overload.take("github next", "github")
    assert not overload.take("next", "stripe")


def test_a_source_has_its_whole_share_again_when_the_flood_has_ended() -> None:
    clock = Clock()
    overload = filled(clock, LEAST)
    clock.now += LIMIT + 0.001
    assert overload.take("github", "github")
    for key in range(LEAST):
        overload.end(key)
    assert overload.take("next", "stripe")
    assert overload._in_hand == {"github": 1, "stripe": 1}


def test_an_operator_is_told_once_a_second(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "hookline")
    clock = Clock()
    overload = filled(clock, LEAST)
    clock.now += LIMIT + 0.001
    for _ in range(5):
        assert not overload.take("next", "stripe")
    clock.now += INTERVAL
    assert not overload.take("next", "stripe")
    assert [record.fields for record in caplog.records] == [  # type: ignore[attr-defined]
        {"refused": 1, "in_hand": LEAST},
        {"refused": 5, "in_hand": LEAST},
    ]


def test_while_the_store_hangs_the_many_wait_and_one_more_is_told_to_come_back(
    installation: Installation, own_server: StoreServer
) -> None:
    installation.start_web()
    own_server.kill(signal.SIGSTOP)
    waiting = [_begun(installation, f"evt_{number}") for number in range(LEAST)]

    def refused() -> bool:
        with _begun(installation, "evt_more") as one:
            one.settimeout(0.5)
            try:
                raw = one.recv(65536)
            except TimeoutError:
                return False
        (reply,) = parse(raw)
        assert reply.status == 503
        assert b"\r\nRetry-After: 1\r\n" in raw
        assert json.loads(reply.body)["error"]["code"] == "unavailable"
        return True

    until(refused, what="one more is refused")
    other = socket.create_connection(("127.0.0.1", installation.port), timeout=20)
    other.sendall(_github(b'{"zen": "of another source"}'))
    other.settimeout(0.5)
    with pytest.raises(TimeoutError):
        other.recv(1)
    other.settimeout(20)
    own_server.kill(signal.SIGCONT)
    for connection in (*waiting, other):
        with connection:
            connection.shutdown(socket.SHUT_WR)
            assert [reply.status for reply in parse(read_all(connection))] == [200]
    assert [reply.status for reply in converse(installation.port, _event("evt_after"))] == [200]
    metrics = read_metrics(installation)
    assert 'hookline_deliveries_total{outcome="overloaded",source="stripe"}' in metrics


def _event(name: str) -> bytes:
    return signed(b'{"id": "%s"}' % name.encode(), SECRET)


def _github(body: bytes) -> bytes:
    digest = hmac.new(b"fake-github-secret", body, "sha256").hexdigest()
    return request(body, X_Hub_Signature_256=f"sha256={digest}", path="/webhooks/github")


def _begun(installation: Installation, name: str) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", installation.port), timeout=20)
    connection.sendall(_event(name))
    return connection


def read_metrics(installation: Installation) -> str:
    (reply,) = converse(installation.port, b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n")
    return reply.body.decode()
