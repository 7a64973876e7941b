"""A spool on a disk without room: it stops in time, is looked at, starts, and drains to the last record."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from threading import Event as Flag
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.spool.records import spooled
from tests.support.life import number_stored
from tests.support.servers import StoreServer
from tests.support.small_disk import NoDisk, fill_up, small_disk
from tests.support.waiting import until
from webhooks.endpoints.health import make_health
from webhooks.errors import Unavailable
from webhooks.spool import drainer, room
from webhooks.spool.broken import SpoolUnusable
from webhooks.spool.drain import Kept, drain
from webhooks.spool.drainer import Drainer
from webhooks.spool.file import Holding, look, opened
from webhooks.spool.spool import Spool, Undrained
from webhooks.store.connection import RedisConnection

GIB = 1024**3


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 16 MiB: the reserve, the log, and room for some records."""
    try:
        with small_disk(tmp_path, mib=16) as point:
            yield point
    except NoDisk as missing:
        pytest.skip(str(missing))


@pytest.fixture
def fine_disk(tmp_path: Path) -> Iterator[Path]:
    """The same with blocks smaller than a page of memory, as mkfs makes them for a small disk."""
    try:
        with small_disk(tmp_path, mib=16, block=1024) as point:
            yield point
    except NoDisk as missing:
        pytest.skip(str(missing))


def filled(disk: Path) -> tuple[Spool, int]:
    """Return a spool that takes nothing more, and how many deliveries it has taken."""
    spool = Spool(disk / "spool", max_bytes=GIB)
    for number in range(10_000):
        try:
            spool.put(spooled(f"evt_{number}", body=b"x" * 20_000))
        except Unavailable:
            return spool, number
    msg = "the disk was never full"
    raise AssertionError(msg)


def stick(spool: Spool) -> Path:
    """Leave neither a reserve nor a log, so that no removal finds room; return what to delete afterwards."""
    room.release(spool.directory)
    with opened(spool.directory) as file:
        file.shrink()
    return fill_up(spool.directory.parent)


def state(client: FlaskClient) -> Any:
    return json.loads(client.get("/readyz").text)


def test_a_spool_that_fills_its_disk_refuses_in_time_and_drains_with_no_room_left(
    disk: Path, connection: RedisConnection
) -> None:
    spool, taken = filled(disk)
    assert "bytes free" in (spool.fault() or "")
    fill_up(disk)
    assert room.free_bytes(disk) == 0
    drained = drain(spool.directory, connection)
    assert (drained.admitted, drained.unremoved, spool.holding().records) == (taken, 0, 0)
    assert number_stored(connection) == taken > 50


def test_a_drained_spool_makes_its_reserve_again_and_takes_as_much_as_before(
    disk: Path, connection: RedisConnection
) -> None:
    spool, taken = filled(disk)
    drain(spool.directory, connection)
    spool.hear(Undrained(0, ""))
    assert spool.fault() is None
    assert room.reserved(spool.directory)
    again, retaken = filled(disk)
    assert again.holding().records == retaken == taken


def test_a_spool_starts_and_is_looked_at_on_a_disk_that_was_full_before_it(
    disk: Path, connection: RedisConnection
) -> None:
    (disk / "spool").mkdir()
    filler = fill_up(disk)
    spool = Spool(disk / "spool", max_bytes=GIB)
    assert spool.holding() == Holding(records=0, bytes=0, oldest=None)
    assert drain(spool.directory, connection).admitted == 0
    with pytest.raises(Unavailable, match="the spool is full"):
        spool.put(spooled("evt_1"))
    filler.unlink()
    spool.put(spooled("evt_2"))
    assert spool.holding().records == 1


def test_a_full_spool_of_a_killed_receiver_is_looked_at_and_drained(
    disk: Path, connection: RedisConnection
) -> None:
    spool, taken = filled(disk)
    fill_up(disk)
    # What SQLite makes to index its log is gone after a reboot.
    (spool.directory / "spool.sqlite3-shm").unlink()
    again = Spool(spool.directory, max_bytes=GIB)
    drain(again.directory, connection)
    assert look(again.directory).records == 0
    assert number_stored(connection) == taken


def test_no_process_is_ended_by_a_page_of_the_index_that_has_no_room_and_the_reserve_makes_some(
    fine_disk: Path, connection: RedisConnection
) -> None:
    filled(fine_disk)
    # As after a reboot: the first who opens the file makes the index again, page by page.
    spool = fine_disk / "after"
    (fine_disk / "spool").rename(spool)
    (spool / "spool.sqlite3-shm").unlink()
    fill_up(fine_disk)
    with pytest.raises(SpoolUnusable, match="0 bytes free, and 65,536 are needed to look into the file"):
        look(spool)
    assert "0 bytes free" in (Spool(spool, max_bytes=GIB).fault() or "")
    drained = drain(spool, connection)
    assert (drained.admitted, look(spool).records) == (number_stored(connection), 0)


def test_a_store_that_is_away_takes_no_reserve(fine_disk: Path, own_server: StoreServer) -> None:
    spool, _ = filled(fine_disk)
    fill_up(fine_disk)
    connection = own_server.connect()
    own_server.stop()
    with pytest.raises(Unavailable):
        drain(spool.directory, connection)
    assert room.reserved(spool.directory)


def test_what_cannot_be_removed_is_admitted_all_the_same_and_only_once(
    disk: Path, connection: RedisConnection
) -> None:
    spool, taken = filled(disk)
    filler = stick(spool)
    kept: Kept = {}
    drained = drain(spool.directory, connection, kept=kept)
    assert drained.admitted == number_stored(connection) == taken
    assert drained.unremoved == spool.holding().records > 0
    assert "full" in drained.reason
    assert drain(spool.directory, connection, kept=kept).admitted == 0
    filler.unlink()
    assert drain(spool.directory, connection, kept=kept).unremoved == 0
    assert (spool.holding().records, kept) == (0, {})


def test_readyz_and_metrics_say_how_many_do_not_move_and_why_until_they_do(
    disk: Path, own_server: StoreServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drainer, "STUCK_INTERVAL", 0.1)
    spool, taken = filled(disk)
    filler = stick(spool)
    connection = own_server.connect()
    receiver = Flask(__name__)
    receiver.register_blueprint(make_health(connection, Flag(), spool))
    client = receiver.test_client()
    thread = Drainer(spool.directory, own_server.connect(), hear=spool.hear)
    thread.start()
    until(lambda: state(client)["status"] == "undrained", what="the drain says so")
    undrained = state(client)["spool"]["undrained"]
    assert undrained["records"] == taken
    assert "cannot be removed from the spool: database or disk is full" in undrained["reason"]
    assert f"hookline_spool_undrained {taken}.0" in client.get("/metrics").text
    filler.unlink()
    until(lambda: state(client)["status"] == "ready", what="all is removed")
    thread.stop()
    assert "hookline_spool_undrained 0.0" in client.get("/metrics").text
    assert number_stored(connection) == taken
