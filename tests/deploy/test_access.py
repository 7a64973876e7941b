"""The access list of `deploy/redis` on a real server: enough for each process, and no more."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
import requests
from redis.exceptions import AuthenticationError, NoPermissionError, ResponseError

from tests.support.events import KEEP
from tests.support.guarded import DEPLOY, GuardedServer
from tests.support.processes import Installation
from tests.support.servers import PATIENT, free_port
from tests.support.stripe_sender import make_body, post, send
from tests.support.waiting import until
from webhooks.errors import Unavailable
from webhooks.store.connection import RedisConnection
from webhooks.store.health import examine
from webhooks.store.keys import KEYS, PREFIX
from webhooks.store.message import hint
from webhooks.store.processing import claim
from webhooks.store.upkeep import adopt, sweep

QUEUE, UNACKED = KEYS["queue"], PREFIX + "unacked"
CONFIG = """
    [worker]
    handlers = ["handlers"]
    processes = 1
    lease = 2
    sweep_interval = 0.2

    [retry]
    attempts = 2
    first = 0.1
    longest = 0.1
"""

HANDLERS = """
    import time
    from pathlib import Path
    from workers import Event, on

    @on("stripe", "invoice.paid")
    def paid(event: Event) -> None:
        pass

    @on("stripe", "invoice.paid")
    def paid_too(event: Event) -> None:
        pass

    @on("stripe", "burst")
    def burst(event: Event) -> None:
        time.sleep(0.05)

    @on("stripe", "broken")
    def broken(event: Event) -> None:
        if not Path("repaired").exists():
            raise ValueError("not yet")
"""


@pytest.fixture
def hookline(tmp_path: Path, guarded: GuardedServer) -> Iterator[Installation]:
    """Every process under its own user; what the tests call by hand is the CLI's."""
    found = Installation(tmp_path, guarded.url_of("cli"))
    found.configure(CONFIG)
    found.write_handlers(HANDLERS)
    guarded.refusals()
    yield found
    found.stop()


def state(hookline: Installation, event_id: str) -> str:
    found: dict[str, Any] = json.loads(hookline.cli("events", "show", event_id, "--json").stdout)
    return str(found["state"])


def reaches(hookline: Installation, event_id: str, wanted: str) -> None:
    until(lambda: state(hookline, event_id) == wanted, what=f"{event_id} is {wanted}")


def turn(hookline: Installation, burst: list[str]) -> None:
    """Let a worker do a burst, of which it takes the later events itself and tells Flower of them."""
    for event_id in burst:
        reaches(hookline, event_id, "succeeded")
    page = f"http://127.0.0.1:{hookline.flower_port}/task/{burst[-1]}.1"
    until(lambda: "SUCCESS" in requests.get(page, timeout=5).text, what="Flower knows the last")


def test_every_process_does_its_work_and_is_refused_nothing(
    hookline: Installation, guarded: GuardedServer
) -> None:
    hookline.start_web(HOOKLINE_REDIS_URL=guarded.url_of("web"))
    hookline.start_flower(HOOKLINE_REDIS_URL=guarded.url_of("flower"))
    hookline.start_worker(HOOKLINE_REDIS_URL=guarded.url_of("worker"))
    hookline.meet()
    assert hookline.get("/readyz") == 200
    assert hookline.get("/metrics") == 200

    good = send(hookline.url)
    bad = send(hookline.url, "broken")
    body = make_body(own_id=good.removeprefix("stripe:"))
    assert post(hookline.url, body).json()["status"] == "duplicate"
    assert post(hookline.url, body, header="t=1,v1=00").status_code == 401
    reaches(hookline, good, "succeeded")
    reaches(hookline, bad, "dead")
    turn(hookline, [send(hookline.url, "burst") for _ in range(8)])

    flower = f"http://127.0.0.1:{hookline.flower_port}"
    until(
        lambda: "SUCCESS" in requests.get(f"{flower}/task/{good}.1", timeout=5).text, what="Flower knows it"
    )
    until(
        lambda: "hookline-" in requests.get(f"{flower}/workers", timeout=5).text, what="it knows the worker"
    )
    for page in ("/tasks", "/broker", "/workers?refresh=true"):
        assert requests.get(flower + page, timeout=10).status_code == 200

    until(lambda: json.loads(hookline.cli("rejections", "--json").stdout), what="it is kept")
    for command in (
        *("events list", "events list --source stripe --state dead --json"),
        *("providers --secrets", "rejections show 1", f"events show {good} --body", "check --json"),
    ):
        hookline.cli(*command.split())
    (hookline.folder / "repaired").touch()
    hookline.cli("replay", bad)
    reaches(hookline, bad, "succeeded")
    (hookline.folder / "repaired").unlink()
    doomed = send(hookline.url, "broken")
    reaches(hookline, doomed, "dead")
    hookline.cli("discard", doomed, "--yes")
    assert state(hookline, doomed) == "discarded"
    assert guarded.refusals() == []


USERS = ("web", "worker", "cli", "flower")
REFUSED = r"[Nn]o permissions|can't (access|run)|command not allowed"
"""What Redis and Valkey say to a user, to a script of its, and to DEBUG where that is off altogether."""

NEVER = (
    *(
        "CONFIG SET appendonly no",
        "CONFIG REWRITE",
        "DEBUG SLEEP 0",
        "FLUSHALL",
        "FLUSHDB",
        "KEYS *",
        "SCAN 0",
    ),
    *("SHUTDOWN NOSAVE", "ACL LIST", "ACL SETUSER intruder", "MONITOR", "CLIENT LIST", "CLIENT KILL ID 1"),
    *("REPLICAOF 127.0.0.1 1", "BGREWRITEAOF", "FUNCTION LIST", "SCRIPT FLUSH", "RANDOMKEY", "MODULE LIST"),
    *("GET other", "SET other 1", "DEL hookline:state:x:dead", "RENAME hookline:totals x", "SUBSCRIBE other"),
)


@pytest.mark.parametrize("command", NEVER)
def test_no_user_may_do_what_hookline_never_does(guarded: GuardedServer, command: str) -> None:
    for user in USERS:
        with guarded.as_user(user) as client, pytest.raises(ResponseError, match=REFUSED):
            client.execute_command(*command.split())


@pytest.mark.parametrize(
    ("user", "command"),
    [
        # The receiver takes events in; it neither reads them, lists them nor takes work.
        *(
            ("web", command)
            for command in (
                "HGETALL hookline:event:x",
                "GET hookline:content:x",
                "ZRANGE hookline:state:x:dead 0 -1",
            )
        ),
        *(("web", command) for command in (f"RPOP {QUEUE}", f"LINDEX {QUEUE} -1")),
        *(("web", command) for command in (f"BRPOP {QUEUE} 1", f"LRANGE {QUEUE} 0 -1", f"HGET {UNACKED} x")),
        *(("web", command) for command in ("HGETALL hookline:secrets:x", "HGETALL hookline:rejection:1")),
        # A worker has no need of secrets that were told, of rejections or of the server's settings.
        *(("worker", command) for command in ("GET hookline:told:x", "HMGET hookline:rejection:1 facts")),
        *(("worker", command) for command in ("CONFIG GET dir", "HSET hookline:secrets:x y 1")),
        # The command line repairs; it takes no work and no told secret.
        *(
            ("cli", command)
            for command in (
                *(f"BRPOP {QUEUE} 1", f"RPOP {QUEUE}", "GET hookline:told:x"),
                *("DEL hookline:event:x", "SET hookline:content:x y"),
            )
        ),
        # Flower shows what Celery says of its tasks: it sees no event and gives no work.
        *(("flower", command) for command in ("HGETALL hookline:event:x", "GET hookline:content:x")),
        *(("flower", command) for command in (f"RPOP {QUEUE}", f"LINDEX {QUEUE} -1")),
        *(("flower", command) for command in (f"LPUSH {QUEUE} x", f"BRPOP {QUEUE} 1", f"HGET {UNACKED} x")),
        *(("flower", command) for command in ("ZRANGE hookline:state:x:dead 0 -1", "GET hookline:told:x")),
    ],
)
def test_a_user_may_not_do_what_is_anothers_work(guarded: GuardedServer, user: str, command: str) -> None:
    with guarded.as_user(user) as client, pytest.raises(NoPermissionError):
        client.execute_command(*command.split())


@pytest.mark.parametrize("user", USERS)
def test_a_script_may_do_no_more_than_its_caller(guarded: GuardedServer, user: str) -> None:
    with (
        guarded.as_user(user) as client,
        pytest.raises(ResponseError, match=REFUSED),
    ):
        client.eval("return redis.call('GET', 'other')", 0)


def test_the_workers_user_can_hint_behind_a_backlog(guarded: GuardedServer) -> None:
    with guarded.as_user("worker") as worker:
        worker.hset("hookline:event:stripe:lost", mapping={"state": "running", "type": "a", "attempts": 1})
        worker.zadd("hookline:due", {"stripe:lost": 0})
    connection = RedisConnection(guarded.url_of("worker"), timeout=PATIENT)
    # Each queue is a backlog of none, and then there is none.
    assert [sweep(connection, worker="here", backlog=backlog) for backlog in (0, 0, 10)] == [1, 0, 1]
    connection.close()


def test_the_workers_user_takes_over_what_an_earlier_release_left(guarded: GuardedServer) -> None:
    waits, held = (hint(own, source="stripe", type="a", attempt=1) for own in ("stripe:1", "stripe:2"))
    tag = json.loads(held)["properties"]["delivery_tag"]
    with guarded.as_user("web") as receiver:
        receiver.lpush("hookline", waits)  # one of an earlier release, under the list of this one
    observer = guarded.connect()
    observer.execute("HSET", "unacked", tag, json.dumps([json.loads(held), "", "hookline"]))
    observer.execute("ZADD", "unacked_index", "1", tag)
    connection = RedisConnection(guarded.url_of("worker"), timeout=PATIENT)
    assert adopt(connection) == (b"0", 2)
    assert observer.execute("EXISTS", "hookline", "unacked", "unacked_index") == 0
    observer.execute("DEL", QUEUE)
    connection.close()
    observer.close()


def test_the_receivers_user_cannot_claim_an_event(guarded: GuardedServer) -> None:
    with guarded.as_user("worker") as worker:
        worker.hset("hookline:event:stripe:kept", mapping={"state": "queued", "size": 2, "attempts": 0})
    connection = RedisConnection(guarded.url_of("web"), timeout=PATIENT)
    with pytest.raises(Unavailable, match="refuses"):
        claim(connection, "stripe:kept", lease=60, max_attempts=10, keep=KEEP)
    connection.close()


def test_whoever_has_no_password_does_nothing(guarded: GuardedServer) -> None:
    with (
        redis.Redis(port=guarded.port, protocol=2) as client,
        pytest.raises(AuthenticationError, match="Authentication"),
    ):
        client.get("hookline:totals")
    with (
        redis.Redis(port=guarded.port, username="hookline-web", password="wrong") as client,
        pytest.raises(AuthenticationError),
    ):
        client.ping()


def test_a_file_without_its_passwords_starts_no_server(tmp_path: Path, guarded: GuardedServer) -> None:
    shutil.copy(DEPLOY / "users.acl", tmp_path / "hookline.acl")
    command = [guarded.binary, str(DEPLOY / "redis.conf"), "--dir", str(tmp_path), "--port", str(free_port())]
    done = subprocess.run(
        [*command, "--aclfile", str(tmp_path / "hookline.acl")],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 1
    assert "ACL errors" in done.stdout


def test_the_passwords_are_for_their_owner_alone_and_only_their_hashes_reach_the_server(
    guarded: GuardedServer,
) -> None:
    for user in USERS:
        file = guarded.folder / f"{user}.env"
        password = file.read_text().partition(f"hookline-{user}:")[2].partition("@")[0]
        assert len(password) == 64
        assert file.stat().st_mode & 0o077 == 0
        assert password not in (guarded.folder / "hookline.acl").read_text()


def test_the_server_keeps_what_it_acknowledges(guarded: GuardedServer) -> None:
    connection = RedisConnection(guarded.url_of("web"), timeout=PATIENT)
    assert all(finding.ok for finding in examine(connection))
    connection.close()
