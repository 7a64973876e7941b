"""The way to Redis: bounded in time, and whatever goes wrong is `Unavailable` in a few words."""

from __future__ import annotations

import shutil
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.events import admit_one, event
from tests.support.loops import running_hub
from tests.support.servers import PATIENT, StoreServer, free_port
from tests.support.waiting import until
from webhooks.errors import Unavailable
from webhooks.serving.hub import Hub
from webhooks.serving.pipeline import Pipeline
from webhooks.store.admission import Outcome
from webhooks.store.connection import Connection, NoScript, RedisConnection

TIMEOUT = 0.3
MARGIN = 1.0
"""Seconds that a busy machine may take beyond the timeout."""


Connect = Callable[[str, float], Connection]
"""Returns a connection to a URL with a timeout in seconds."""


@pytest.fixture(scope="module")
def hub() -> Iterator[Hub]:
    with running_hub() as found:
        yield found


@pytest.fixture(params=["pooled", "pipelined"])
def connect(request: pytest.FixtureRequest, hub: Hub) -> Iterator[Connect]:
    made: list[RedisConnection | Pipeline] = []

    def build(url: str, timeout: float) -> Connection:
        pooled = request.param == "pooled"
        made.append(
            RedisConnection(url, timeout=timeout) if pooled else Pipeline(url, timeout=timeout, hub=hub)
        )
        return made[-1]

    yield build
    for one in made:
        one.close()


@pytest.fixture
def connection(store_server: StoreServer, connect: Connect) -> Connection:
    found = connect(store_server.url, PATIENT)
    found.execute("FLUSHALL")
    return found


@pytest.fixture
def own(own_server: StoreServer, connect: Connect) -> Connection:
    return connect(own_server.url, TIMEOUT)


def test_replies_stay_as_the_server_sends_them(connection: Connection) -> None:
    assert connection.execute("SET", "key", "value") == b"OK"
    assert connection.execute("GET", "key") == b"value"
    assert connection.execute("HSET", "hash", "a", "1", "b", "2") == 2
    assert connection.execute("HGETALL", "hash") == [b"a", b"1", b"b", b"2"]
    assert connection.execute("ZADD", "set", 1.5, "member") == 1
    assert connection.execute("ZSCORE", "set", "member") == b"1.5"
    assert connection.execute("GET", "unknown") is None


def test_threads_share_a_connection_and_get_their_own_replies(connection: Connection) -> None:
    def echo(number: int) -> bool:
        return all(
            connection.execute("ECHO", f"{number}-{turn}") == f"{number}-{turn}".encode()
            for turn in range(100)
        )

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(echo, range(8)))


def test_a_server_that_is_not_there_is_unavailable(connect: Connect) -> None:
    nobody = connect(f"redis://127.0.0.1:{free_port()}/0", TIMEOUT)

    with pytest.raises(Unavailable, match=r"^Redis does not answer \(ConnectionError\)$"):
        nobody.execute("PING")


@pytest.mark.parametrize("connected", [True, False], ids=["connected", "not yet connected"])
def test_a_server_that_hangs_is_unavailable_within_the_timeout(
    own_server: StoreServer, own: Connection, *, connected: bool
) -> None:
    if connected:
        own.execute("PING")
    own_server.kill(signal.SIGSTOP)
    started = time.monotonic()

    with pytest.raises(Unavailable, match=r"^Redis does not answer \(TimeoutError\)$"):
        own.execute("PING")

    assert time.monotonic() - started < TIMEOUT + MARGIN


def test_a_reply_that_came_too_late_is_not_taken_for_the_next_one(
    own_server: StoreServer, own: Connection
) -> None:
    own.execute("PING")
    own_server.kill(signal.SIGSTOP)
    with pytest.raises(Unavailable):
        own.execute("ECHO", "too late")

    own_server.kill(signal.SIGCONT)

    assert own.execute("ECHO", "in time") == b"in time"


def test_an_admission_without_an_answer_is_a_duplicate_when_it_comes_again(
    own_server: StoreServer, own: Connection
) -> None:
    admit_one(own, event("evt_0"))  # so that the script is known
    own_server.kill(signal.SIGSTOP)
    with pytest.raises(Unavailable):
        admit_one(own, event("evt_1"))
    own_server.kill(signal.SIGCONT)
    until(lambda: own.execute("EXISTS", "hookline:event:stripe:evt_1"))

    assert admit_one(own, event("evt_1")).outcome is Outcome.DUPLICATE


def test_the_first_command_after_a_restart_is_answered(own_server: StoreServer, own: Connection) -> None:
    own.execute("PING")
    own_server.kill()
    with pytest.raises(Unavailable):
        own.execute("PING")

    own_server.start()

    assert own.execute("PING") == b"PONG"


def test_a_connection_that_the_server_closed_meanwhile_is_made_anew(
    own_server: StoreServer, own: Connection
) -> None:
    own.execute("PING")
    own_server.kill()
    own_server.start()

    assert own.execute("PING") == b"PONG"


def test_a_full_server_is_unavailable_and_says_so(own: Connection) -> None:
    own.execute("CONFIG", "SET", "maxmemory", 1)

    with pytest.raises(Unavailable, match=r"^Redis refuses: .*maxmemory"):
        own.execute("SET", "key", "value")
    with pytest.raises(Unavailable, match=r"^Redis refuses: .*maxmemory"):
        admit_one(own, event("evt_1"))


def test_a_replica_is_unavailable_and_says_so(own: Connection) -> None:
    own.execute("REPLICAOF", "127.0.0.1", free_port())

    with pytest.raises(Unavailable, match=r"^Redis refuses: .*read only replica"):
        own.execute("SET", "key", "value")
    with pytest.raises(Unavailable, match=r"^Redis refuses: .*read only replica"):
        admit_one(own, event("evt_1"))


def test_a_server_that_cannot_save_is_unavailable_and_says_so(
    own_server: StoreServer, own: Connection
) -> None:
    shutil.rmtree(own_server.folder)
    own.execute("CONFIG", "SET", "save", "3600 1")
    own.execute("BGSAVE")
    until(lambda: b"rdb_last_bgsave_status:err" in own.execute("INFO", "persistence"))

    with pytest.raises(Unavailable, match=r"^Redis refuses: .*MISCONF"):
        own.execute("SET", "key", "value")
    with pytest.raises(Unavailable, match=r"^Redis refuses: .*MISCONF"):
        admit_one(own, event("evt_1"))

    own_server.kill()  # it would not stop by itself without saving


def test_a_server_that_is_still_loading_is_unavailable(
    own_server: StoreServer, own: Connection, connect: Connect
) -> None:
    own.execute("EVAL", "for n = 1, 8000 do redis.call('INCR', n) end", 0)
    own_server.kill()
    # It looks at its clients after each 1,024 commands that it has loaded.
    own_server.launch("--key-load-delay", "200")
    patient = connect(own_server.url, 5.0)

    def refusal() -> str:
        try:
            patient.execute("GET", "1")
        except Unavailable as error:
            return str(error) if "load" in str(error) else ""
        return "it has loaded already"

    assert until(refusal).startswith("Redis refuses: it is loading its data (LOADING ")


def test_a_user_who_may_not_write_is_told_what_is_missing(
    own_server: StoreServer, own: Connection, connect: Connect
) -> None:
    own.execute("ACL", "SETUSER", "reader", "on", ">not-a-real-password", "~*", "+@read")
    reader = connect(own_server.url.replace("//", "//reader:not-a-real-password@"), TIMEOUT)

    with pytest.raises(Unavailable, match=r"^Redis refuses: .*permission"):
        reader.execute("SET", "key", "value")


def test_a_wrong_password_is_unavailable_and_not_repeated(own_server: StoreServer, connect: Connect) -> None:
    stranger = connect(own_server.url.replace("//", "//reader:not-a-real-password@"), TIMEOUT)

    with pytest.raises(Unavailable, match=r"\(AuthenticationError\)") as caught:
        stranger.execute("PING")

    assert "not-a-real-password" not in str(caught.value)


def test_a_long_refusal_is_cut(connection: Connection) -> None:
    with pytest.raises(Unavailable) as caught:
        connection.execute("EVAL", f"return redis.error_reply('{'x' * 5000}')", 0)

    assert len(str(caught.value)) < 250


def test_an_unknown_script_is_told_apart(connection: Connection) -> None:
    with pytest.raises(NoScript):
        connection.execute("EVALSHA", "0" * 40, 0)


def test_a_script_is_sent_whole_to_a_server_that_forgot_it(connection: Connection) -> None:
    admit_one(connection, event("evt_1"))
    connection.execute("SCRIPT", "FLUSH")

    assert admit_one(connection, event("evt_2")).outcome is Outcome.ACCEPTED


def test_a_script_is_sent_by_its_hash_to_a_server_that_knows_it(connection: Connection) -> None:
    admit_one(connection, event("evt_1"))
    connection.execute("CONFIG", "RESETSTAT")

    admit_one(connection, event("evt_2"))

    stats = connection.execute("INFO", "commandstats")
    assert b"cmdstat_evalsha:calls=1" in stats
    assert b"cmdstat_eval:" not in stats


def test_a_database_and_a_unix_socket_are_taken_from_the_url(
    own_server: StoreServer, own: Connection, connect: Connect, tmp_path: Path
) -> None:
    path = tmp_path / "own.sock"
    own_server.stop()
    own_server.start("--unixsocket", str(path))
    other = connect(f"unix://{path}?db=3", TIMEOUT)

    other.execute("SET", "key", "value")

    assert b"db=3" in other.execute("CLIENT", "INFO")
    assert b"name=hookline" in other.execute("CLIENT", "INFO")
    assert own.execute("DBSIZE") == 0


def test_a_database_that_is_not_there_is_unavailable(own_server: StoreServer, connect: Connect) -> None:
    nowhere = connect(own_server.url.replace("/0", "/99"), TIMEOUT)

    with pytest.raises(Unavailable, match=r"^Redis refuses: .*range"):
        nowhere.execute("SET", "key", "value")
