"""Whether the server keeps what it acknowledges: each unsafe setting is told with its cure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.servers import PATIENT, StoreServer
from webhooks.errors import Unavailable
from webhooks.store.connection import Argument, Connection, RedisConnection
from webhooks.store.health import Finding, examine, refusal
from webhooks.store.keys import KEYS
from webhooks.store.refused import REFUSALS


@pytest.fixture
def own(own_server: StoreServer) -> Iterator[RedisConnection]:
    found = own_server.connect()
    yield found
    found.close()


def _look(connection: Connection) -> dict[str, Finding]:
    return {finding.name: finding for finding in examine(connection)}


class OtherVersion:
    """A real server that says it is of another version."""

    def __init__(self, connection: Connection, line: str) -> None:
        self._connection = connection
        self._line = line

    def execute(self, *command: Argument) -> Any:
        reply = self._connection.execute(*command)
        return self._line.encode() if command[0] == "INFO" else reply


def test_a_safe_server_is_found_safe(connection: RedisConnection) -> None:
    findings = _look(connection)

    settings = ["appendonly", "appendfsync", "maxmemory-policy"]
    assert list(findings) == ["version", "role", *settings, "memory", "writes"]
    assert all(finding.ok and not finding.grave and not finding.cure for finding in findings.values())


@pytest.mark.parametrize(
    ("name", "value", "loss"),
    [
        ("appendonly", "no", "a restart of Redis would lose every event"),
        ("appendfsync", "everysec", "a power cut would lose acknowledged events"),
        ("appendfsync", "no", "a power cut would lose acknowledged events"),
        ("maxmemory-policy", "allkeys-lru", "Redis would throw events away"),
        ("maxmemory-policy", "volatile-ttl", "Redis would throw events away"),
    ],
)
def test_an_unsafe_setting_is_told_with_what_is_lost_and_the_cure(
    own: RedisConnection, name: str, value: str, loss: str
) -> None:
    own.execute("CONFIG", "SET", name, value)

    finding = _look(own)[name]

    assert (finding.value, finding.ok, finding.grave) == (value, False, True)
    assert loss in finding.cure
    assert f"CONFIG SET {name} " in finding.cure


def test_the_cure_makes_the_setting_safe(own: RedisConnection) -> None:
    for name, value in (("appendfsync", "no"), ("maxmemory-policy", "allkeys-lru")):
        own.execute("CONFIG", "SET", name, value)
        cure = _look(own)[name].cure

        own.execute(*cure.partition(": ")[2].split())

        assert _look(own)[name].ok


def test_several_faults_are_told_together(own: RedisConnection) -> None:
    own.execute("CONFIG", "SET", "appendonly", "no")
    own.execute("CONFIG", "SET", "appendfsync", "everysec")

    assert [finding.name for finding in examine(own) if finding.grave] == ["appendonly", "appendfsync"]


def test_the_servers_own_name_and_version_are_told(connection: RedisConnection) -> None:
    finding = _look(connection)["version"]

    kind, _, number = finding.value.partition(" ")
    assert kind in ("redis", "valkey")
    assert int(number.partition(".")[0]) >= 7
    assert finding.ok


@pytest.mark.parametrize(
    ("line", "value", "ok"),
    [
        ("redis_version:6.2.14", "redis 6.2.14", False),
        ("redis_version:7.0.0", "redis 7.0.0", True),
        ("redis_version:10.1.0-rc1", "redis 10.1.0-rc1", True),
        ("redis_version:7.2.4\r\nvalkey_version:9.1.0", "valkey 9.1.0", True),
        ("redis_mode:standalone", "redis unknown", False),
    ],
)
def test_a_server_that_is_too_old_is_told(
    connection: RedisConnection, line: str, value: str, *, ok: bool
) -> None:
    finding = _look(OtherVersion(connection, line))["version"]

    assert (finding.value, finding.ok, finding.grave) == (value, ok, not ok)
    assert ("upgrade the server" in finding.cure) is not ok


def test_a_memory_without_a_limit_is_no_fault(connection: RedisConnection) -> None:
    finding = _look(connection)["memory"]

    assert finding.ok
    assert finding.value.endswith("used, no limit")


@pytest.mark.parametrize(("used", "ok"), [(50, True), (79, True), (81, False), (100, False), (130, False)])
def test_a_memory_that_fills_up_is_told_before_it_is_full(
    connection: RedisConnection, used: int, *, ok: bool
) -> None:
    info = f"redis_version:7.2.4\r\nmaxmemory:104857600\r\nused_memory:{used * 1024**2}"

    finding = _look(OtherVersion(connection, info))["memory"]

    assert (finding.value, finding.ok, finding.grave) == (f"{used} MiB of 100 MiB used", ok, False)
    assert ("raise maxmemory" in finding.cure) is not ok


def test_the_memory_of_a_real_server_is_read(own: RedisConnection) -> None:
    own.execute("CONFIG", "SET", "maxmemory", 1024**3)

    assert _look(own)["memory"].ok
    assert _look(own)["memory"].value.endswith("of 1024 MiB used")


def test_a_user_who_may_not_read_the_settings_is_told_which_permission_it_lacks(
    own_server: StoreServer, own: RedisConnection
) -> None:
    own.execute("ACL", "SETUSER", "hookline", "on", ">not-a-real-password", "~*", "&*", "+@all", "-config")
    limited = RedisConnection(own_server.url.replace("//", "//hookline:not-a-real-password@"), timeout=2.0)

    findings = _look(limited)
    limited.close()

    for name in ("appendonly", "appendfsync", "maxmemory-policy"):
        assert (findings[name].value, findings[name].grave) == ("not readable", True)
        assert "+config|get" in findings[name].cure
    assert findings["version"].ok


def test_a_server_that_is_away_is_unavailable(own_server: StoreServer, own: RedisConnection) -> None:
    own_server.kill()

    with pytest.raises(Unavailable):
        examine(own)


def test_a_replica_is_named_with_its_primary(own: RedisConnection) -> None:
    own.execute("REPLICAOF", "127.0.0.1", "1")
    found = _look(own)
    assert found["role"].value == "replica of 127.0.0.1:1, which it cannot reach"
    assert found["role"].grave
    assert found["writes"].value == "refused, it is a replica (READONLY)"


def test_a_replica_that_takes_writes_is_unsafe(own: RedisConnection) -> None:
    own.execute("CONFIG", "SET", "replica-read-only", "no")
    own.execute("REPLICAOF", "127.0.0.1", "1")
    found = _look(own)
    assert found["writes"].ok
    assert found["role"].grave


@pytest.mark.parametrize(
    ("setting", "code"), [(("maxmemory", "1"), "OOM"), (("min-replicas-to-write", "1"), "NOREPLICAS")]
)
def test_a_server_that_takes_no_writes_is_told_with_its_cause_and_is_not_unsafe(
    own: RedisConnection, setting: tuple[str, str], code: str
) -> None:
    own.execute("CONFIG", "SET", *setting)
    found = _look(own)["writes"]
    assert f"({code})" in found.value
    assert (found.ok, found.grave, found.cure) == (False, False, REFUSALS[code].cure)
    assert refusal([found]) == f"{found.value}: {found.cure}"


def test_to_ask_for_a_write_changes_nothing(own: RedisConnection) -> None:
    own.execute("ZADD", KEYS["due"], "1", "orders:1")
    before = own.execute("INFO", "replication"), own.execute("DBSIZE")
    assert _look(own)["writes"].ok
    assert (own.execute("INFO", "replication"), own.execute("DBSIZE")) == before
    assert own.execute("ZRANGE", KEYS["due"], "0", "-1", "WITHSCORES") == [b"orders:1", b"1"]


def test_a_user_who_may_not_write_is_refused(own: RedisConnection, own_server: StoreServer) -> None:
    own.execute("ACL", "SETUSER", "reader", "on", ">not-a-real-password", "~*", "+@all", "-@write")
    reader = RedisConnection(own_server.url.replace("//", "//reader:not-a-real-password@"), timeout=PATIENT)
    found = _look(reader)["writes"]
    reader.close()
    assert "(NOPERM)" in found.value
    assert (found.ok, found.grave, found.cure) == (False, False, REFUSALS["NOPERM"].cure)
