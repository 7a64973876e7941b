"""A receiver's way to the spool: on disk when it returns, and never slower than a request may be."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.spool.records import spooled
from tests.support.events import NOW
from tests.support.waiting import until
from webhooks.errors import Misconfigured, Unavailable
from webhooks.spool import spool as module
from webhooks.spool.file import NAME, SpoolFile
from webhooks.spool.record import from_row
from webhooks.spool.spool import Spool

MIB = 1024 * 1024


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool", max_bytes=MIB)


def kept(spool: Spool) -> list[str]:
    """The ids that another process finds in the file now."""
    file = SpoolFile(spool.directory)
    rows = file.after(0, limit=1000)
    file.close()
    return [arrival.event.id for row in rows for arrival in from_row(row.head, row.bodies).arrivals]


def test_a_delivery_is_on_disk_when_put_returns(spool: Spool) -> None:
    spool.put(spooled("evt_1", "evt_2"))
    assert kept(spool) == ["stripe:evt_1", "stripe:evt_2"]
    held = spool.holding()
    assert (held.records, held.oldest) == (1, NOW)


def test_many_requests_at_once_are_all_kept(spool: Spool) -> None:
    names = [f"evt_{number}" for number in range(200)]
    with ThreadPoolExecutor(32) as pool:
        list(pool.map(lambda name: spool.put(spooled(name)), names))
    assert sorted(kept(spool)) == sorted(f"stripe:{name}" for name in names)


def test_a_full_spool_is_unavailable_and_keeps_what_it_acknowledged(spool: Spool) -> None:
    acknowledged = []

    def fill() -> None:
        for number in range(100):
            spool.put(spooled(f"evt_{number}", body=b"x" * 40_000))
            acknowledged.append(f"stripe:evt_{number}")

    with pytest.raises(Unavailable, match="the spool is full"):
        fill()
    assert acknowledged
    assert kept(spool) == acknowledged
    assert "full" in (spool.fault() or "")


def test_what_does_not_fit_keeps_nothing_out_that_does(spool: Spool) -> None:
    spool.put(spooled("evt_0"))
    with ThreadPoolExecutor(8) as pool:
        big = [pool.submit(spool.put, spooled(f"big_{number}", body=b"x" * 2 * MIB)) for number in range(4)]
        small = [pool.submit(spool.put, spooled(f"evt_{number}")) for number in range(1, 5)]
    assert all(isinstance(one.exception(), Unavailable) for one in big)
    assert [one.exception() for one in small] == [None] * 4
    assert sorted(kept(spool)) == [f"stripe:evt_{number}" for number in range(5)]


def test_a_disk_that_hangs_is_unavailable_in_time_and_the_next_request_does_not_wait_at_all(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webhooks.spool.file._BUSY", 30.0)
    spool.put(spooled("evt_0"))
    spool = Spool(spool.directory, max_bytes=MIB)
    other = sqlite3.connect(spool.directory / NAME, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with monkeypatch.context() as hanging:
        hanging.setattr(module, "PATIENCE", 0.05)
        with pytest.raises(Unavailable, match="did not write within"):
            spool.put(spooled("evt_1"))
        with pytest.raises(Unavailable, match="hangs"):
            spool.put(spooled("evt_2"))
    other.execute("COMMIT")
    until(lambda: spool.fault() is None, what="the disk is back")
    spool.put(spooled("evt_3"))
    # The first was in the writer's hands already, so it may be there; the one refused at once is not.
    assert set(kept(spool)) - {"stripe:evt_1"} == {"stripe:evt_0", "stripe:evt_3"}
    other.close()


def test_after_a_failed_write_the_file_is_opened_anew(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAUSE", 0.0)
    spool.put(spooled("evt_1"))
    other = sqlite3.connect(spool.directory / NAME, isolation_level=None)
    other.execute("ALTER TABLE delivery RENAME TO elsewhere")
    with pytest.raises(Unavailable, match="the spool cannot write: no such table"):
        spool.put(spooled("evt_2"))
    other.execute("ALTER TABLE elsewhere RENAME TO delivery")
    other.close()
    spool.put(spooled("evt_3"))
    assert kept(spool) == ["stripe:evt_1", "stripe:evt_3"]
    assert spool.fault() is None


def test_memory_is_no_place_for_a_spool() -> None:
    with pytest.raises(Misconfigured, match="/dev/shm/hookline-spool is on tmpfs, which is memory"):
        Spool(Path("/dev/shm/hookline-spool"), max_bytes=MIB)
    Path("/dev/shm/hookline-spool").rmdir()


def test_a_directory_that_cannot_be_made_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Misconfigured, match=r"spool\.directory .*file/spool cannot be used: Not a directory"):
        Spool(tmp_path / "file" / "spool", max_bytes=MIB)
