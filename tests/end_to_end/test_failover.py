"""The store's name moves to another server while every process keeps its connections to the one before."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.failover import Pair, replicated
from tests.support.processes import Installation
from tests.support.servers import StoreServer
from tests.support.stripe_sender import make_body, post, send
from tests.support.waiting import until
from webhooks.lifecycle import State
from webhooks.store.listing import count


@pytest.fixture
def pair(own_server: StoreServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with replicated(own_server, tmp_path_factory.mktemp("second")) as found:
        yield found


@pytest.fixture
def hookline(pair: Pair, tmp_path: Path) -> Iterator[Installation]:
    found = Installation(tmp_path, pair.url)
    found.handle_invoices()
    yield found
    found.stop()


def _succeeded(server: StoreServer) -> int:
    connection = server.connect()
    try:
        return count(connection).states[State.SUCCEEDED]
    finally:
        connection.close()


def test_receiver_worker_and_command_line_follow_a_demotion(hookline: Installation, pair: Pair) -> None:
    web = hookline.start_web()
    worker = hookline.start_worker()
    send(hookline.url)
    until(lambda: _succeeded(pair.first) == 1, what="the first server has its event done")
    pair.move(demoted=True)
    until(lambda: post(hookline.url, make_body()).status_code == 200, what="deliveries are taken again")
    until(lambda: _succeeded(pair.second) >= 2, what=f"the second has its event done: {worker.output}")
    assert hookline.get("/readyz") == 200
    assert "succeeded" in hookline.cli("events", "list").stdout
    assert (web.popen.poll(), worker.popen.poll()) == (None, None)


def test_what_was_spooled_meanwhile_reaches_the_new_server(
    hookline: Installation, pair: Pair, tmp_path: Path
) -> None:
    hookline.start_web(HOOKLINE_SPOOL_DIRECTORY=str(tmp_path / "spool"))
    before = send(hookline.url)
    pair.move(demoted=True)
    ids = {before, *(send(hookline.url) for _ in range(5))}
    second = pair.second.connect()
    until(
        lambda: all(second.execute("EXISTS", f"hookline:event:{one}") for one in ids),
        what="the new server has every event",
    )
    second.close()


@pytest.mark.parametrize("demoted", [True, False], ids=["demoted", "not told"])
def test_flower_is_started_again_where_the_workers_are(
    hookline: Installation, pair: Pair, *, demoted: bool
) -> None:
    flower = hookline.start_flower()
    pair.move(demoted=demoted)
    assert flower.popen.wait(timeout=60) == os.EX_SOFTWARE
    assert '"step": "moved"' in flower.output
