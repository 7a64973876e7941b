"""What was spooled comes to the store, whole and once, and stays until it has."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.spool.records import spooled
from tests.support.events import admit_one, event
from tests.support.life import number_stored
from tests.support.servers import StoreServer
from tests.support.waiting import until
from webhooks.errors import Unavailable
from webhooks.spool.drain import AnotherDrains, Drained, _alone, drain
from webhooks.spool.drainer import Drainer
from webhooks.spool.file import SpoolFile, look
from webhooks.spool.opening import NAME
from webhooks.spool.record import to_row
from webhooks.spool.spool import Spool
from webhooks.store.connection import RedisConnection
from webhooks.store.keys import KEYS
from webhooks.store.listing import find
from webhooks.store.refused import ServerRefused


def fill(directory: Path, *names: str) -> Spool:
    spool = Spool(directory, max_bytes=2**20)
    for name in names:
        spool.put(spooled(name, received_at=1_700_000_000.5))
    return spool


def test_records_become_events_that_were_received_when_they_came(
    tmp_path: Path, connection: RedisConnection
) -> None:
    spool = fill(tmp_path, "evt_1", "evt_2")
    told: list[int] = []
    assert drain(tmp_path, connection, tell=told.append) == Drained(admitted=2, refused=())
    assert (sum(told), spool.holding().records) == (2, 0)
    found = find(connection, "stripe:evt_1")
    assert found is not None
    assert (found.event.received_at, found.event.body, str(found.state)) == (
        1_700_000_000.5,
        b'{"a": 1}',
        "queued",
    )


def test_a_store_that_is_away_leaves_everything_where_it_is(tmp_path: Path, own_server: StoreServer) -> None:
    spool = fill(tmp_path, "evt_1")
    own_server.stop()
    with pytest.raises(Unavailable):
        drain(tmp_path, own_server.connect())
    assert spool.holding().records == 1


def test_a_store_that_is_full_leaves_everything_where_it_is(tmp_path: Path, own_server: StoreServer) -> None:
    spool = fill(tmp_path, *(f"evt_{number}" for number in range(100)))
    connection = own_server.connect()
    connection.execute("CONFIG", "SET", "maxmemory", "1mb")
    with pytest.raises(Unavailable, match="maxmemory"):
        drain(tmp_path, connection)
    assert spool.holding().records == 100
    connection.execute("CONFIG", "SET", "maxmemory", "0")
    assert drain(tmp_path, connection).admitted == 100


def test_what_the_store_has_already_is_a_duplicate(tmp_path: Path, connection: RedisConnection) -> None:
    spool = fill(tmp_path, "evt_1")
    # As after a crash between the admission and the removal.
    admit_one(connection, event("evt_1", body=b'{"a": 1}'))
    assert drain(tmp_path, connection).admitted == 1
    assert spool.holding().records == 0
    assert number_stored(connection) == 1
    assert connection.execute("LLEN", KEYS["queue"]) == 1


def test_a_record_that_nobody_can_read_keeps_no_other_back(
    tmp_path: Path, connection: RedisConnection
) -> None:
    spool = fill(tmp_path, "evt_1")
    database = sqlite3.connect(tmp_path / NAME, isolation_level=None)
    database.execute("INSERT INTO delivery (received_at, size, head, bodies) VALUES (1, 2, '{}', '')")
    database.close()
    spool.put(spooled("evt_3"))
    drained = drain(tmp_path, connection)
    assert drained.admitted == 2
    assert drained.refused == ("record 2: a record of the spool lacks or garbles 'arrivals'",)
    assert spool.holding().records == 1


def test_records_that_came_together_are_admitted_together_and_each_use_of_the_secret_counts(
    tmp_path: Path, connection: RedisConnection
) -> None:
    fill(tmp_path, *(f"evt_{number}" for number in range(100)))
    before = calls(connection)
    assert drain(tmp_path, connection).admitted == 100
    assert calls(connection) - before <= 4
    uses = connection.execute("HGETALL", "hookline:secrets:stripe")
    assert dict(zip(uses[::2], uses[1::2], strict=True))[b"0a1b2c3d:count"] == b"100"


def calls(connection: RedisConnection) -> int:
    """How many scripts the server has run."""
    lines = connection.execute("INFO", "commandstats").decode().splitlines()
    return sum(
        int(line.split("calls=")[1].split(",")[0]) for line in lines if line.startswith("cmdstat_eval")
    )


def test_a_store_that_takes_no_writes_is_asked_once(tmp_path: Path, own_server: StoreServer) -> None:
    fill(tmp_path, *(f"evt_{number}" for number in range(100)))
    connection = own_server.connect()
    connection.execute("CONFIG", "SET", "min-replicas-to-write", "1")
    before = calls(connection)
    with pytest.raises(ServerRefused, match="NOREPLICAS"):
        drain(tmp_path, connection)
    # By its hash, and whole where that is not known.
    assert calls(connection) - before <= 2
    connection.close()


def test_a_record_that_the_store_refuses_keeps_no_other_back(
    tmp_path: Path, connection: RedisConnection
) -> None:
    spool = fill(tmp_path, *(f"evt_{number}" for number in range(10)))
    # Its key is of another kind, so that the script fails at this one.
    connection.execute("SET", "hookline:event:stripe:evt_4", "not a hash")
    drained = drain(tmp_path, connection)
    assert drained.admitted == 9
    assert len(drained.refused) == 1
    assert "WRONGTYPE" in drained.refused[0] or "wrong kind" in drained.refused[0]
    assert spool.holding().records == 1


def test_a_damaged_page_of_the_file_keeps_back_no_record_of_another_page(
    tmp_path: Path, connection: RedisConnection
) -> None:
    folder = tmp_path / "spool"
    folder.mkdir()
    file = SpoolFile(folder, max_bytes=2**24)
    file.append([(1.0, *to_row(spooled(f"evt_{number}", body=b"x" * 1500))) for number in range(100)])
    file.close()
    # As a bad sector leaves it: SQLite finds no page of a table there.
    whole = bytearray((folder / NAME).read_bytes())
    page = whole.index(b'"stripe:evt_50"') // 4096 * 4096
    whole[page : page + 8] = bytes(8)
    (folder / NAME).write_bytes(whole)
    drained = drain(folder, connection)
    assert drained.admitted == number_stored(connection) >= 95
    assert len(drained.refused) == 100 - drained.admitted > 0
    assert "malformed" in drained.refused[0]
    # SQLite balances a page with its neighbours, which keeps some records of those.
    assert look(folder).records == len(drained.refused) + drained.unremoved < 20


def test_only_one_process_drains_at_a_time(tmp_path: Path, connection: RedisConnection) -> None:
    spool = fill(tmp_path, "evt_1")
    with _alone(tmp_path), pytest.raises(AnotherDrains, match="another process is draining"):
        drain(tmp_path, connection)
    assert spool.holding().records == 1


def test_a_directory_without_a_spool_has_nothing_to_drain(
    tmp_path: Path, connection: RedisConnection
) -> None:
    assert drain(tmp_path / "none", connection) == Drained(admitted=0, refused=())


def test_the_drainer_waits_for_the_store_and_then_brings_everything(
    tmp_path: Path, own_server: StoreServer
) -> None:
    spool = fill(tmp_path, "evt_1")
    own_server.stop()
    drainer = Drainer(tmp_path, own_server.connect())
    drainer.start()
    file = SpoolFile(tmp_path, max_bytes=2**20)
    file.append([(1.0, *to_row(spooled("evt_2")))])
    file.close()
    own_server.start()
    until(lambda: spool.holding().records == 0, what="the spool is drained")
    drainer.stop()
    assert number_stored(own_server.connect()) == 2
