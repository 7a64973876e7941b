"""An acknowledgement costs no more than it did: each bound is what was counted, and about a tenth more."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from tests.support.processes import Installation, without_coverage
from tests.support.servers import StoreServer
from tests.support.stripe_sender import make_body, signature
from webhooks.store.connection import RedisConnection

ROOT = Path(__file__).parents[2]
DELIVERIES = 200

CALLS = 440
"""Functions of Python and C: 400 were counted on Python 3.11."""

PEAK_BYTES = 10_200
"""Bytes that are held at once besides the request itself: 7,997 were counted on 3.11, 9,269 on 3.12."""

LEFT_BYTES = 20
"""Bytes that stay for good: none, but for what the counting itself leaves."""

SYSTEM_CALLS = 6.0
"""Reads and writes, with the log's: 4.6 were counted for deliveries that come one at a time."""


@pytest.fixture(scope="module")
def counted() -> dict[str, float]:
    """What `tests.cost.counted` counts, in a process in which nothing is traced."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.cost.counted", str(DELIVERIES)],
        cwd=ROOT,
        env=without_coverage({}),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        timeout=120,
        check=True,
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def test_it_calls_no_more_functions(counted: dict[str, float]) -> None:
    assert 0 < counted["calls"] <= CALLS


def test_it_holds_no_more_memory(counted: dict[str, float]) -> None:
    assert 0 < counted["peak_bytes"] <= PEAK_BYTES


def test_it_leaves_nothing_behind(counted: dict[str, float]) -> None:
    assert counted["left_bytes"] <= LEFT_BYTES


def test_it_is_one_script_one_round_trip_and_few_calls_of_the_system(
    installation: Installation, own_server: StoreServer
) -> None:
    store = own_server.connect()
    web = installation.start_web(HOOKLINE_WEB_WORKERS="1")
    (pid,) = web.children()
    with requests.Session() as session:
        deliver(session, installation.url, 1)
        store.execute("CONFIG", "RESETSTAT")
        before = reads_and_writes(pid)
        deliver(session, installation.url, DELIVERIES)
        calls = (reads_and_writes(pid) - before) / DELIVERIES
    assert told(store, "commandstats", "cmdstat_evalsha:calls=") == DELIVERIES
    # Besides this test's own questions.
    assert told(store, "stats", "total_reads_processed:") <= DELIVERIES + 5
    assert 2 <= calls <= SYSTEM_CALLS
    store.close()


def deliver(session: requests.Session, url: str, count: int) -> None:
    """Post events over one connection, one after another."""
    for _ in range(count):
        body = make_body()
        headers = {"Stripe-Signature": signature(body)}
        answer = session.post(f"{url}/webhooks/stripe", data=body.encode(), headers=headers, timeout=10)
        assert answer.json()["status"] == "accepted"


def reads_and_writes(pid: int) -> int:
    """How often a process has read and written, whatever it was."""
    text = Path(f"/proc/{pid}/io").read_text()
    return sum(int(count) for count in re.findall(r"^sysc[rw]: (\d+)$", text, re.MULTILINE))


def told(store: RedisConnection, section: str, start: str) -> int:
    """The number that follows `start` in what the store says of itself."""
    found = re.search(rf"^{re.escape(start)}(\d+)", store.execute("INFO", section).decode(), re.MULTILINE)
    assert found
    return int(found[1])
