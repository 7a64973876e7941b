"""An access list is judged by what the server says the default user may do, and by which server it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.servers import StoreServer
from webhooks.errors import Unavailable
from webhooks.store.access import RIGHT, examine_access
from webhooks.store.connection import Argument, Connection, RedisConnection

REDIS = "redis_version:7.0.15"
AUDITOR = "auditor"


class OtherVersion:
    """A real server that says it is of another version."""

    def __init__(self, connection: Connection, line: str) -> None:
        self._connection = connection
        self._line = line

    def execute(self, *command: Argument) -> Any:
        reply = self._connection.execute(*command)
        return self._line.encode() if command[0] == "INFO" else reply


@pytest.fixture
def own(own_server: StoreServer) -> Iterator[RedisConnection]:
    """A user of its own, whom changes to the default user leave alone."""
    first = own_server.connect()
    first.execute("ACL", "SETUSER", AUDITOR, "on", ">fake-password", "~*", "&*", "+@all")
    first.close()
    found = RedisConnection(own_server.url.replace("//", f"//{AUDITOR}:fake-password@"), timeout=20.0)
    yield found
    found.close()


def test_a_server_without_an_access_list_is_right(own: RedisConnection) -> None:
    finding = examine_access(OtherVersion(own, REDIS))
    assert (finding.ok, finding.cure) == (True, "")


@pytest.mark.parametrize(
    ("rules", "refused"),
    [
        ("off resetpass resetkeys resetchannels -@all", "HSET, SET, ZADD, ZREM, LPUSH, HINCRBY, DEL"),
        ("resetkeys ~hookline:event:*", "SET, ZADD, ZREM, LPUSH, HINCRBY"),
        ("-@write", "HSET, SET, ZADD, ZREM, LPUSH, HINCRBY, DEL"),
        ("-zadd", "ZADD"),
    ],
)
def test_what_the_default_user_may_not_repeat_is_named_and_the_cure_makes_it_right(
    own: RedisConnection, rules: str, refused: str
) -> None:
    own.execute("ACL", "SETUSER", "default", *rules.split())
    connection = OtherVersion(own, REDIS)

    finding = examine_access(connection)

    assert (finding.value, finding.ok) == (f"the default user may not {refused}", False)
    command = finding.cure.partition("before it, ")[2].partition(", and the same line")[0]
    assert command == f"ACL SETUSER {RIGHT.removeprefix('user ')}"
    own.execute(*command.split())
    assert examine_access(connection).ok


@pytest.mark.parametrize(
    ("lines", "loses"),
    [
        ("redis_version:7.0.15", True),
        ("redis_version:8.2.3", True),
        ("redis_version:99.0.0", True),
        ("redis_mode:standalone", True),
        ("redis_version:7.2.4\r\nvalkey_version:8.0.1", True),
        ("redis_version:7.2.4\r\nvalkey_version:9.1.2", False),
        ("redis_version:7.2.4\r\nvalkey_version:unreadable", True),
    ],
)
def test_only_servers_that_are_known_to_load_without_it_are_excused(
    own: RedisConnection, lines: str, *, loses: bool
) -> None:
    own.execute("ACL", "SETUSER", "default", "off", "-@all")
    assert examine_access(OtherVersion(own, lines)).ok is not loses


def test_a_user_who_may_not_ask_gets_a_warning_with_the_version(own: RedisConnection) -> None:
    own.execute("ACL", "SETUSER", AUDITOR, "-acl")
    finding = examine_access(OtherVersion(own, REDIS))
    assert (finding.value, finding.ok) == ("not readable", True)
    assert "+acl|dryrun" in finding.cure
    assert "redis 7.0.15 may start empty" in finding.cure


def test_a_server_that_is_away_is_unavailable(own_server: StoreServer, own: RedisConnection) -> None:
    own_server.kill()
    with pytest.raises(Unavailable):
        examine_access(own)
