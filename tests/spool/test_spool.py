"""A receiver's way to the spool: on disk when it returns, and never slower than a request may be."""

from __future__ import annotations

import os
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.spool.records import rows, spooled
from tests.support.events import NOW
from tests.support.waiting import until
from webhooks.errors import Misconfigured, Unavailable
from webhooks.spool import spool as module
from webhooks.spool.file import SpoolFile
from webhooks.spool.opening import NAME
from webhooks.spool.record import from_row
from webhooks.spool.spool import Spool

MIB = 1024 * 1024


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool", max_bytes=MIB)


def kept(spool: Spool) -> list[str]:
    """The ids that another process finds in the file now."""
    file = SpoolFile(spool.directory)
    found = rows(file)
    file.close()
    return [arrival.event.id for row in found for arrival in from_row(row.head, row.bodies).arrivals]


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
    monkeypatch.setattr("webhooks.spool.opening.BUSY", 30.0)
    spool.put(spooled("evt_0"))
    spool = Spool(spool.directory, max_bytes=MIB)
    other = sqlite3.connect(spool.directory / NAME, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with monkeypatch.context() as hanging:
        hanging.setattr(module, "PATIENCE", 0.05)
        with pytest.raises(Unavailable, match="did not write within"):
            spool.put(spooled("evt_1"))
        until(lambda: spool.fault() is not None, what="the writer waits for the disk")
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
    directory = Path(f"/dev/shm/hookline-spool-{os.getpid()}")
    with pytest.raises(Misconfigured, match=f"{directory} is on tmpfs, which is memory"):
        Spool(directory, max_bytes=MIB)
    assert not directory.exists()


def test_a_directory_that_cannot_be_made_stops_no_start_and_is_used_as_soon_as_it_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "PAUSE", 0.0)
    (tmp_path / "mount").touch()
    spool = Spool(tmp_path / "mount" / "spool", max_bytes=MIB)
    assert "spool_failed" in caplog.text
    assert "Not a directory" in (spool.fault() or "")
    with pytest.raises(Unavailable, match="Not a directory"):
        spool.put(spooled("evt_1"))
    (tmp_path / "mount").unlink()
    spool.put(spooled("evt_2"))
    assert (kept(spool), spool.fault()) == (["stripe:evt_2"], None)


def test_a_directory_that_vanishes_takes_no_acknowledgement_with_it(spool: Spool) -> None:
    spool.put(spooled("evt_1"))
    spool.directory.rename(spool.directory.with_name("elsewhere"))
    spool.put(spooled("evt_2"))
    assert kept(spool) == ["stripe:evt_2"]
