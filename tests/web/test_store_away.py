"""Redis refused, hung or full: 503 with Retry-After within a second, and recovery by itself."""

from __future__ import annotations

import signal
import time

import pytest
import requests

from tests.support.processes import Installation
from tests.support.servers import StoreServer
from tests.support.stripe_sender import make_body, post
from tests.support.waiting import until


def refused(hookline: Installation) -> requests.Response:
    before = time.monotonic()
    answer = post(hookline.url, make_body())
    assert time.monotonic() - before < 1.0
    return answer


def assert_unavailable(answer: requests.Response) -> None:
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) >= 1
    assert answer.json()["error"]["code"] == "unavailable"


def recovers(hookline: Installation) -> None:
    until(lambda: post(hookline.url, make_body()).status_code == 200, what="it recovers")
    assert hookline.get("/readyz") == 200


@pytest.mark.parametrize("fault", [signal.SIGKILL, signal.SIGSTOP])
def test_a_store_that_dies_or_hangs_is_503_within_a_second_until_it_is_back(
    installation: Installation, own_server: StoreServer, fault: int
) -> None:
    installation.start_web(HOOKLINE_REDIS_TIMEOUT="0.25")
    assert post(installation.url, make_body()).status_code == 200
    own_server.kill(fault)
    for _ in range(3):
        assert_unavailable(refused(installation))
    assert installation.get("/readyz") == 503
    assert installation.get("/livez") == 200
    assert installation.get("/metrics") == 200
    if fault == signal.SIGSTOP:
        own_server.kill(signal.SIGCONT)
    else:
        own_server.start()
    recovers(installation)


def test_a_store_that_is_not_there_at_the_start_is_waited_for(
    installation: Installation, own_server: StoreServer
) -> None:
    own_server.stop()
    installation.start_web(HOOKLINE_REDIS_TIMEOUT="0.25")
    assert_unavailable(refused(installation))
    own_server.start()
    recovers(installation)


def test_a_full_store_is_503_and_nothing_is_half_stored(
    installation: Installation, own_server: StoreServer
) -> None:
    installation.start_web(HOOKLINE_REDIS_TIMEOUT="0.25")
    connection = own_server.connect()
    connection.execute("CONFIG", "SET", "maxmemory", "1mb")
    assert_unavailable(refused(installation))
    connection.execute("CONFIG", "SET", "maxmemory", "0")
    assert connection.execute("DBSIZE") == 0
    recovers(installation)


def test_an_unsafe_store_is_not_ready_and_the_cure_is_named(
    installation: Installation, own_server: StoreServer
) -> None:
    installation.start_web(HOOKLINE_REDIS_TIMEOUT="0.25")
    own_server.connect().execute("CONFIG", "SET", "appendfsync", "everysec")
    answer = requests.get(f"{installation.url}/readyz", timeout=5)
    assert answer.status_code == 503
    assert "appendfsync" in answer.json()["error"]["message"]
    assert "CONFIG SET appendfsync always" in answer.json()["error"]["message"]
