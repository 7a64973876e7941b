"""A restart with the files of `deploy/redis`: every event is there, and no one is the default user."""

from __future__ import annotations

import json
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError
from redis.retry import Retry

from tests.support.events import admit_one, event
from tests.support.guarded import GuardedServer
from tests.support.processes import Installation
from tests.support.servers import PATIENT
from tests.support.waiting import until
from webhooks.lifecycle import State
from webhooks.store.access import examine_access
from webhooks.store.connection import RedisConnection
from webhooks.store.listing import Filter, list_ids

OLD = "user default off resetpass resetkeys resetchannels -@all"
NEW = "user default off resetpass ~* &* +@all"


SERVERS = dict.fromkeys((None, shutil.which("redis-server")))
"""The tests' own server, and the one that is installed, where there is one."""


@pytest.fixture(params=SERVERS, ids=["own", "installed"][: len(SERVERS)])
def server(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[GuardedServer]:
    found = GuardedServer(tmp_path)
    if request.param:
        found.binary = request.param
    found.start()
    yield found
    found.stop()


def admit(server: GuardedServer, *names: str) -> None:
    connection = RedisConnection(server.url_of("web"), timeout=PATIENT)
    for name in names:
        admit_one(connection, event(name))
    connection.close()


def listed(server: GuardedServer) -> set[str]:
    connection = RedisConnection(server.url_of("cli"), timeout=PATIENT)
    found = set(list_ids(connection, Filter(state=State.QUEUED)))
    connection.close()
    return found


def rewrite(server: GuardedServer) -> None:
    """Have the append-only file rewritten, and wait until it is."""
    observer = server.connect()
    observer.execute("BGREWRITEAOF")
    until(lambda: b"aof_rewrite_in_progress:0" in observer.execute("INFO"), what="the file is rewritten")
    observer.close()


def use(server: GuardedServer, line: str) -> None:
    """Write another line for the default user into the access list."""
    path = server.folder / "hookline.acl"
    path.write_text(path.read_text().replace(NEW, line), encoding="utf-8")


def is_valkey(server: GuardedServer) -> bool:
    observer = server.connect()
    found = b"valkey_version" in observer.execute("INFO")
    observer.close()
    return found


@pytest.mark.parametrize("rewritten", [False, True], ids=["as it was", "rewritten"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=["SIGTERM", "SIGKILL"])
def test_a_restart_keeps_every_event(server: GuardedServer, number: int, *, rewritten: bool) -> None:
    admit(server, "before_1", "before_2")
    if rewritten:
        rewrite(server)
    admit(server, "after")

    server.kill(number)
    server.start()

    assert listed(server) == {"stripe:before_1", "stripe:before_2", "stripe:after"}


@pytest.mark.parametrize("password", [None, "", "-", "default"])
def test_no_one_can_log_in_as_the_default_user(server: GuardedServer, password: str | None) -> None:
    once = Retry(NoBackoff(), 0)
    with (
        redis.Redis(port=server.port, password=password, protocol=2, retry=once) as client,
        pytest.raises(AuthenticationError),
    ):
        client.ping()


def test_the_command_line_finds_the_shipped_list_right(server: GuardedServer) -> None:
    connection = RedisConnection(server.url_of("cli"), timeout=PATIENT)
    finding = examine_access(connection)
    connection.close()
    assert (finding.ok, finding.cure) == (True, "")
    assert [refused for refused in server.refusals() if "acl" in refused["object"]] == []


def test_events_that_an_earlier_list_kept_from_loading_come_back_with_the_right_one(
    server: GuardedServer,
) -> None:
    admit(server, "early")
    use(server, OLD)
    server.kill(signal.SIGTERM)
    server.start()
    # Valkey loads them whatever the list says.
    assert listed(server) == ({"stripe:early"} if is_valkey(server) else set())

    admit(server, "late")
    server.kill(signal.SIGTERM)
    path = server.folder / "hookline.acl"
    path.write_text(path.read_text().replace(OLD, NEW), encoding="utf-8")
    server.start()

    assert listed(server) == {"stripe:early", "stripe:late"}


def test_check_finds_a_list_with_which_a_restart_would_lose_events(
    tmp_path: Path, server: GuardedServer
) -> None:
    server.connect().execute("ACL", "SETUSER", *OLD.split()[1:])
    hookline = Installation(tmp_path, server.url_of("cli"))
    rows = json.loads(hookline.cli("check", "--json", check=False).stdout)
    found = {row["name"]: row for row in rows}["redis access list"]
    if is_valkey(server):
        assert found["ok"] is True
    else:
        assert found["ok"] is False
        assert f"ACL SETUSER {NEW.removeprefix('user ')}" in found["cure"]
