"""The whole way with real processes: gunicorn, Celery, Valkey and Flower."""

from __future__ import annotations

import json
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support.processes import Installation
from tests.support.sentry_sink import SentrySink
from tests.support.servers import StoreServer
from tests.support.stripe_sender import make_body, post, send, signature
from tests.support.waiting import until
from webhooks.store.keys import KEYS

LEASE = 2.0
SWEEP = 0.2
MARGIN = 3.0
"""Seconds that a loaded machine may take to notice, beside what the design takes."""

CONFIG = f"""
    [worker]
    handlers = ["handlers"]
    processes = 2
    lease = {LEASE}
    sweep_interval = {SWEEP}
    grace = 5

    [retry]
    attempts = 3
    first = 0.1
    longest = 0.1
"""

# Each handler writes a line for each of its effects, so that the file is the proof.
HANDLERS = """
    import json, os, time
    from pathlib import Path
    from workers import Event, on

    def effect(name, event):
        line = json.dumps([name, event.id, event.attempt])
        handle = os.open("effects.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.write(handle, (line + "\\n").encode())
        os.close(handle)

    @on("stripe", "invoice.paid")
    def paid(event: Event) -> None:
        effect("paid", event)

    @on("stripe", "flaky")
    def flaky(event: Event) -> None:
        if event.attempt < 3:
            raise ConnectionError("not yet")
        effect("flaky", event)

    @on("stripe", "broken")
    def broken(event: Event) -> None:
        if not Path("repaired").exists():
            raise ValueError("the ledger refuses " + event.json()["data"]["customer"])
        effect("broken", event)

    @on("stripe", "slow")
    def slow(event: Event) -> None:
        effect("slow-begin", event)
        deadline = time.monotonic() + event.json()["data"]["seconds"]
        while time.monotonic() < deadline and event.attempt == 1:
            time.sleep(0.05)
        effect("slow-end", event)
"""


@pytest.fixture
def hookline(installation: Installation) -> Installation:
    installation.configure(CONFIG)
    installation.write_handlers(HANDLERS)
    return installation


def effects(hookline: Installation, event_id: str) -> list[tuple[str, int]]:
    path = hookline.folder / "effects.jsonl"
    lines = path.read_text().splitlines() if path.exists() else []
    return [(name, attempt) for name, found, attempt in map(json.loads, lines) if found == event_id]


def show(hookline: Installation, event_id: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(hookline.cli("events", "show", event_id, "--json").stdout)
    return found


def wait_for(hookline: Installation, store: StoreServer, event_id: str, state: str) -> None:
    connection = store.connect()
    key = f"hookline:event:{event_id}"
    until(lambda: connection.execute("HGET", key, "state") == state.encode(), what=f"{event_id} is {state}")
    connection.close()


def test_an_event_signed_by_stripes_own_package_reaches_its_handler(
    hookline: Installation, own_server: StoreServer
) -> None:
    hookline.start_web()
    hookline.start_worker()
    event_id = send(hookline.url)
    wait_for(hookline, own_server, event_id, "succeeded")
    found = show(hookline, event_id)
    assert effects(hookline, event_id) == [("paid", 1)]
    assert {"id", "source", "type", "state", "attempts", "received_at", "handlers"} <= set(found)
    assert (found["state"], found["attempts"], found["type"]) == ("succeeded", 1, "invoice.paid")
    assert found["handlers"] == [{"name": "handlers.paid", "state": "succeeded", "attempt": 1, "error": None}]


def test_a_handler_that_fails_twice_and_then_works_has_its_effect_once(
    hookline: Installation, own_server: StoreServer
) -> None:
    hookline.start_web()
    hookline.start_worker()
    event_id = send(hookline.url, "flaky")
    wait_for(hookline, own_server, event_id, "succeeded")
    assert effects(hookline, event_id) == [("flaky", 3)]


def test_an_event_that_always_fails_is_dead_until_it_is_repaired_and_replayed(
    hookline: Installation, own_server: StoreServer
) -> None:
    with SentrySink() as sink:
        hookline.start_web()
        hookline.start_worker(HOOKLINE_SENTRY_DSN=sink.dsn)
        event_id = send(hookline.url, "broken", customer="cus_fake_customer_name")
        wait_for(hookline, own_server, event_id, "dead")
        warning, error = sink.wait_for(2)
    assert (warning["level"], error["level"]) == ("warning", "error")
    assert error["tags"] == {
        "source": "stripe",
        "type": "broken",
        "event": event_id,
        "handler": "handlers.broken",
        "attempts": "3",
    }
    assert error["contexts"]["hookline"]["replay"] == f"hookline replay {event_id}"
    assert error["exception"]["values"][0]["type"] == "ValueError"
    assert "cus_fake_customer_name" not in json.dumps([warning, error])

    found = show(hookline, event_id)
    assert found["attempts"] == 3
    assert "ValueError" in found["error"]
    assert "cus_fake_customer_name" not in json.dumps(found)

    (hookline.folder / "repaired").touch()
    assert "replayed 1 of 1" in hookline.cli("replay", "--dead").stdout
    wait_for(hookline, own_server, event_id, "succeeded")
    assert effects(hookline, event_id) == [("broken", 4)]


def test_the_same_delivery_posted_16_times_at_once_runs_its_handler_once(
    hookline: Installation, own_server: StoreServer
) -> None:
    hookline.start_web()
    hookline.start_worker()
    body = make_body()
    header = signature(body)
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: post(hookline.url, body, header=header), range(16)))
    assert [answer.status_code for answer in answers] == [200] * 16
    assert sorted(answer.json()["status"] for answer in answers) == ["accepted", *["duplicate"] * 15]
    event_id = answers[0].json()["id"]
    wait_for(hookline, own_server, event_id, "succeeded")
    assert post(hookline.url, body, header=header).json()["status"] == "duplicate"
    assert effects(hookline, event_id) == [("paid", 1)]


def test_the_event_of_a_worker_killed_in_its_handler_is_finished_by_another_within_lease_and_sweep(
    hookline: Installation, own_server: StoreServer
) -> None:
    hookline.start_web()
    doomed = hookline.start_worker()
    event_id = send(hookline.url, "slow", seconds=60)
    until(lambda: effects(hookline, event_id) == [("slow-begin", 1)], what="the handler has begun")
    other = hookline.start_worker()
    doomed.kill_group()
    killed = time.monotonic()
    until(
        lambda: effects(hookline, event_id)[1:] == [("slow-begin", 2), ("slow-end", 2)],
        within=LEASE + SWEEP + MARGIN,
        what=f"another worker finishes it: {other.output}",
    )
    assert time.monotonic() - killed <= LEASE + SWEEP + MARGIN
    wait_for(hookline, own_server, event_id, "succeeded")


def test_a_handler_longer_than_its_lease_keeps_it_and_runs_once(
    hookline: Installation, own_server: StoreServer
) -> None:
    hookline.start_web()
    hookline.start_worker()
    event_id = send(hookline.url, "slow", seconds=2 * LEASE)
    wait_for(hookline, own_server, event_id, "succeeded")
    assert effects(hookline, event_id) == [("slow-begin", 1), ("slow-end", 1)]


def test_a_handler_that_outlasts_its_time_limit_has_failed_and_runs_again(
    hookline: Installation, own_server: StoreServer
) -> None:
    hookline.start_web()
    worker = hookline.start_worker(HOOKLINE_WORKER_TIME_LIMIT="1")
    event_id = send(hookline.url, "slow", seconds=60)
    wait_for(hookline, own_server, event_id, "succeeded")
    assert effects(hookline, event_id) == [("slow-begin", 1), ("slow-begin", 2), ("slow-end", 2)]
    assert "TimeLimit: the handler ran longer than worker.time_limit" in worker.output


def test_a_stopping_worker_finishes_what_ends_within_the_grace_period(
    hookline: Installation, own_server: StoreServer
) -> None:
    hookline.start_web()
    worker = hookline.start_worker(traced=True)
    event_id = send(hookline.url, "slow", seconds=1.5)
    until(lambda: effects(hookline, event_id), what="the handler has begun")
    worker.stop(within=15)
    assert show(hookline, event_id)["state"] == "succeeded"
    assert effects(hookline, event_id) == [("slow-begin", 1), ("slow-end", 1)]


def test_a_stopping_worker_gives_back_what_outlasts_the_grace_period(
    hookline: Installation, own_server: StoreServer
) -> None:
    hookline.start_web()
    worker = hookline.start_worker(traced=True, HOOKLINE_WORKER_GRACE="1")
    event_id = send(hookline.url, "slow", seconds=60)
    until(lambda: effects(hookline, event_id), what="the handler has begun")
    worker.stop(within=15)
    found = show(hookline, event_id)
    assert (found["state"], found["attempts"]) == ("queued", 1)


def test_events_received_while_no_worker_runs_are_processed_when_one_starts(
    hookline: Installation, own_server: StoreServer
) -> None:
    hookline.start_web()
    ids = [send(hookline.url) for _ in range(5)]
    own_server.connect().execute("DEL", KEYS["queue"])  # even with every hint lost
    hookline.start_worker()
    for event_id in ids:
        wait_for(hookline, own_server, event_id, "succeeded")
        assert effects(hookline, event_id) == [("paid", 1)]


def test_flower_lists_events_by_what_they_are_and_shows_no_payload(
    hookline: Installation, own_server: StoreServer
) -> None:
    hookline.start_web()
    hookline.start_flower()
    hookline.start_worker()
    hookline.meet()
    base = f"http://127.0.0.1:{hookline.flower_port}"
    good = send(hookline.url, customer="cus_fake_customer_name")
    bad = send(hookline.url, "broken", customer="cus_fake_customer_name")
    wait_for(hookline, own_server, good, "succeeded")
    wait_for(hookline, own_server, bad, "dead")

    def listed() -> str:
        page = requests.get(f"{base}/tasks", timeout=5).text
        one = requests.get(f"{base}/task/{good}.1", timeout=5).text
        last = requests.get(f"{base}/task/{bad}.3", timeout=5).text
        whole = page + one + last
        return whole if "SUCCESS" in one and "FAILURE" in last else ""

    shown = until(listed, what="Flower knows both events")
    assert "stripe:invoice.paid" in shown
    assert "stripe:broken" in shown
    assert "Traceback" in shown
    assert "cus_fake_customer_name" not in shown
    assert requests.post(f"{base}/api/worker/shutdown/celery@x", timeout=5).status_code in (401, 403)


def test_sigterm_lets_the_receiver_say_unready_answer_and_stop(
    hookline: Installation, own_server: StoreServer
) -> None:
    web = hookline.start_web(HOOKLINE_WEB_DRAIN="2")
    assert hookline.get("/readyz") == 200
    web.signal(signal.SIGTERM)
    until(lambda: hookline.get("/readyz") == 503, within=2, what="readiness ends first")
    assert send(hookline.url)
    assert web.popen.wait(timeout=15) == 0


def test_a_broken_configuration_stops_the_start_with_the_key_and_the_cure(
    hookline: Installation, own_server: StoreServer, tmp_path: Path
) -> None:
    (tmp_path / "hookline.toml").write_text('[web]\nport = "http"\n[worker]\nlaese = 3\n')
    for name in ("web", "worker"):
        process = hookline.start(name, traced=True, HOOKLINE_WEB_PORT="eighty")
        assert process.popen.wait(timeout=30) != 0
        assert "HOOKLINE_WEB_PORT must be a port between 0 and 65535" in process.output
        assert "worker.laese is unknown; did you mean lease? known: handlers" in process.output
        assert "Traceback" not in process.output


def test_a_receiver_without_store_or_sources_does_not_start_and_says_what_to_add(
    hookline: Installation, tmp_path: Path
) -> None:
    (tmp_path / "hookline.toml").write_text("")
    del hookline.environ["HOOKLINE_REDIS_URL"]
    web = hookline.start("web")
    assert web.popen.wait(timeout=30) == 1
    assert "redis.url is missing: set HOOKLINE_REDIS_URL" in web.output
    assert "no source is configured: add a table [sources.<name>]" in web.output
    assert "Traceback" not in web.output


def test_a_worker_without_handlers_says_what_follows(hookline: Installation, own_server: StoreServer) -> None:
    hookline.configure("")
    assert "every event will be unhandled" in hookline.start_worker().output
