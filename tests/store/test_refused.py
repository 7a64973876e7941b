"""A server that takes no writes: what it is called, and which connections are kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.failover import Pair, replicated
from tests.support.loops import running_hub
from tests.support.servers import PATIENT, StoreServer, free_port
from tests.support.waiting import until
from webhooks.serving import pipeline
from webhooks.serving.pipeline import Pipeline
from webhooks.store import connection as pooled
from webhooks.store.connection import Connection, RedisConnection, as_error, translated
from webhooks.store.refused import REFUSALS, ServerRefused, elsewhere

Connect = Callable[[str], Connection]


@pytest.fixture(params=["pooled", "pipelined"])
def connect(request: pytest.FixtureRequest) -> Iterator[Connect]:
    made: list[RedisConnection | Pipeline] = []
    with running_hub() as hub:

        def build(url: str) -> Connection:
            if request.param == "pooled":
                made.append(RedisConnection(url, timeout=PATIENT))
            else:
                made.append(Pipeline(url, timeout=PATIENT, hub=hub))
            return made[-1]

        yield build
        for one in made:
            one.close()


@pytest.fixture
def pair(own_server: StoreServer, tmp_path: Path) -> Iterator[Pair]:
    with replicated(own_server, tmp_path) as found:
        yield found


def number(connection: Connection) -> int:
    """Return the server's own number of the connection."""
    return int(connection.execute("CLIENT", "ID"))


REFUSED_BY: dict[str, tuple[tuple[str | int, ...], ...]] = {
    "READONLY": (("REPLICAOF", "127.0.0.1", "{port}"),),
    "MASTERDOWN": (
        ("CONFIG", "SET", "replica-serve-stale-data", "no"),
        ("REPLICAOF", "127.0.0.1", "{port}"),
    ),
    "NOREPLICAS": (("CONFIG", "SET", "min-replicas-to-write", "1"),),
    "OOM": (("CONFIG", "SET", "maxmemory", "1"),),
    "NOPERM": (("ACL", "SETUSER", "default", "-set"),),
}


def refuse(connection: Connection, code: str) -> None:
    """Bring a server to refuse by a code."""
    for command in REFUSED_BY[code]:
        connection.execute(*(str(word).replace("{port}", str(free_port())) for word in command))


def ask(connection: Connection, code: str) -> None:
    """Ask for what a server refuses by a code: a replica that is alone answers not even a read."""
    connection.execute(*(("GET", "key") if code == "MASTERDOWN" else ("SET", "key", "value")))


@pytest.mark.parametrize("code", REFUSED_BY)
def test_a_refusal_says_its_cause_and_knows_its_cure(
    own_server: StoreServer, connect: Connect, code: str
) -> None:
    connection = connect(own_server.url)
    refuse(connection, code)
    with pytest.raises(ServerRefused, match=rf"^Redis refuses: {REFUSALS[code].cause} \({code} ") as caught:
        ask(connection, code)
    assert caught.value.code == code
    assert caught.value.refusal.cure


@pytest.mark.parametrize("code", REFUSED_BY)
def test_a_connection_is_dropped_where_another_server_may_take_the_write(
    own_server: StoreServer, connect: Connect, code: str
) -> None:
    connection = connect(own_server.url)
    before = number(connection)
    refuse(connection, code)
    with pytest.raises(ServerRefused):
        ask(connection, code)
    if code == "MASTERDOWN":
        own_server.connect().execute("REPLICAOF", "NO", "ONE")
    assert (number(connection) != before) is REFUSALS[code].elsewhere


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("READONLY You can't write against a read only replica. script: on @user_script:1.", "READONLY"),
        ("LOADING Redis is loading the dataset in memory", "LOADING"),
        ("UNBLOCKED force unblock from blocking operation, instance state changed", "UNBLOCKED"),
        ("MISCONF Errors writing to the AOF file: No space left on device", "MISCONF"),
        ("NOREPLICAS Not enough good replicas to write.", "NOREPLICAS"),
    ],
)
def test_a_code_is_told_whether_redis_py_knows_it_or_not(text: str, code: str) -> None:
    error = as_error(text)
    found = translated(error)
    assert isinstance(found, ServerRefused)
    assert found.code == code
    assert f"({code} {text.partition(' ')[2]})" in str(found)
    assert elsewhere(error) is REFUSALS[code].elsewhere


def test_a_fault_of_one_command_is_no_refusal_of_the_server() -> None:
    for text in ("ERR unknown command", "WRONGTYPE Operation against a key", "OOMPH", "ERR OOM"):
        error = as_error(text)
        assert not isinstance(translated(error), ServerRefused)
        assert not elsewhere(error)


def test_after_a_demotion_the_next_command_reaches_the_new_primary(pair: Pair, connect: Connect) -> None:
    connection = connect(pair.url)
    connection.execute("SET", "before", "1")
    pair.move(demoted=True)
    with pytest.raises(ServerRefused):
        connection.execute("SET", "during", "1")
    assert connection.execute("SET", "after", "1") == b"OK"
    assert pair.second.connect().execute("EXISTS", "after") == 1


def test_what_was_asked_with_a_refused_command_is_answered(own_server: StoreServer) -> None:
    with running_hub() as hub:
        connection = Pipeline(own_server.url, timeout=PATIENT, hub=hub)
        connection.execute("PING")
        refuse(connection, "READONLY")

        def ask(one: int) -> object:
            try:
                return connection.execute(*(("ECHO", str(one)) if one % 2 else ("SET", "key", "value")))
            except ServerRefused as error:
                return error.code

        with ThreadPoolExecutor(16) as threads:
            found = list(threads.map(ask, range(200)))
        connection.close()
    assert found == [str(one).encode() if one % 2 else "READONLY" for one in range(200)]


def test_a_name_that_moves_is_followed_while_the_server_before_still_takes_writes(
    pair: Pair, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "LIFETIME", 0.1)
    connection = connect(pair.url)
    if isinstance(connection, RedisConnection):
        connection = RedisConnection(pair.url, timeout=PATIENT, lifetime=0.1)
    connection.execute("PING")
    pair.move(demoted=False)
    second = pair.second.connect()

    def followed() -> bool:
        connection.execute("SET", "key", "value")
        return bool(second.execute("EXISTS", "key"))

    until(followed, what="it writes to the new server")


def test_a_connection_that_answers_is_kept_when_no_other_can_be_made(
    own_server: StoreServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "LIFETIME", 0.02)
    with running_hub() as hub:
        connection = Pipeline(own_server.url, timeout=PATIENT, hub=hub)
        connection.execute("CONFIG", "SET", "maxclients", "1")
        before = number(connection)

        def tried() -> bool:
            stats = connection.execute("INFO", "stats").decode()
            return int(stats.partition("rejected_connections:")[2].split()[0]) >= 3

        until(tried, what="others were refused")
        assert number(connection) == before
        connection.close()


def test_connections_are_made_again_after_their_lifetime(own_server: StoreServer) -> None:
    now = [0.0]
    connection = RedisConnection(own_server.url, timeout=PATIENT, clock=lambda: now[0])
    before = number(connection)
    now[0] = pooled.LIFETIME - 0.1
    assert number(connection) == before
    now[0] = pooled.LIFETIME
    assert number(connection) != before
    connection.close()
