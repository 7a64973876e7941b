"""A receiver with a spool goes on acknowledging while the store is away, and loses nothing of it."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support.life import number_stored
from tests.support.processes import Installation
from tests.support.servers import StoreServer
from tests.support.stripe_sender import make_body, post
from tests.support.waiting import until


def ready(hookline: Installation) -> Any:
    answer = requests.get(f"{hookline.url}/readyz", timeout=5)
    return answer.status_code, answer.json()


def metric(hookline: Installation, name: str) -> float:
    lines = requests.get(f"{hookline.url}/metrics", timeout=5).text.splitlines()
    return next(float(line.split()[-1]) for line in lines if line.startswith(f"{name} "))


@pytest.fixture
def spooling(installation: Installation, tmp_path: Path) -> Installation:
    installation.start_web(
        HOOKLINE_REDIS_TIMEOUT="0.25",
        HOOKLINE_SPOOL_DIRECTORY=str(tmp_path / "spool"),
        HOOKLINE_WEB_WORKERS="2",
    )
    return installation


@pytest.mark.parametrize("fault", [signal.SIGKILL, signal.SIGSTOP])
def test_what_comes_while_the_store_is_away_is_acknowledged_and_admitted_later(
    spooling: Installation, own_server: StoreServer, fault: int
) -> None:
    own_server.kill(fault)
    answers = [post(spooling.url, make_body(own_id=f"evt_{number}")) for number in range(20)]
    assert {answer.status_code for answer in answers} == {200}
    assert answers[3].json() == {"status": "accepted", "id": "stripe:evt_3"}
    status, content = ready(spooling)
    assert (status, content["status"], content["spool"]["records"]) == (200, "spooling", 20)
    assert metric(spooling, "hookline_spool_records") == 20
    assert metric(spooling, "hookline_spool_usable") == 1
    if fault == signal.SIGSTOP:
        own_server.kill(signal.SIGCONT)
    else:
        own_server.start()
    until(lambda: ready(spooling)[1].get("spool", {}).get("records") == 0, what="the spool is drained")
    assert ready(spooling)[1]["status"] == "ready"
    assert number_stored(own_server.connect()) == 20
    until(lambda: post(spooling.url, make_body(own_id="evt_3")).json()["status"] == "duplicate")


def test_a_receiver_killed_with_a_full_spool_leaves_it_to_the_next_one(
    spooling: Installation, own_server: StoreServer
) -> None:
    own_server.kill()
    assert post(spooling.url, make_body(own_id="evt_1")).status_code == 200
    spooling.processes[-1].kill_group()
    own_server.start()
    spooling.start_web(HOOKLINE_SPOOL_DIRECTORY=str(spooling.folder / "spool"))
    connection = own_server.connect()
    until(lambda: number_stored(connection) == 1, what="the event is admitted")


def test_a_source_that_wants_no_spool_and_a_spool_without_room_are_503(
    installation: Installation, own_server: StoreServer, tmp_path: Path
) -> None:
    installation.configure("[sources.billing]\nprovider = 'github'\nsecrets = ['fake']\nspool = false\n")
    installation.start_web(
        HOOKLINE_REDIS_TIMEOUT="0.25",
        HOOKLINE_SPOOL_DIRECTORY=str(tmp_path / "spool"),
        HOOKLINE_SPOOL_MAX_BYTES="64KiB",
    )
    own_server.kill()
    big = make_body(own_id="evt_big", padding="x" * 100_000)
    answer = post(installation.url, big)
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "unavailable")
    assert int(answer.headers["Retry-After"]) >= 1
    small = installation.cli("send", "billing", "--json", check=False)
    assert "503" in small.stdout
    assert (tmp_path / "spool" / "spool.sqlite3").stat().st_size <= 64 * 1024
    assert post(installation.url, make_body()).status_code == 200
