"""The file keeps what it said it has, whatever happens to the process, and stays within its bounds."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.spool.records import rows
from webhooks.spool.broken import SpoolBroken
from webhooks.spool.file import Holding, SpoolFile, look
from webhooks.spool.opening import NAME

MIB = 1024 * 1024
ENDLESS = """
import sys
from pathlib import Path
from webhooks.spool.file import SpoolFile
file = SpoolFile(Path(sys.argv[1]), max_bytes=2**30)
for number in range(10**9):
    file.append([(float(number), "{}", b"x" * 3000)])
    print(number, flush=True)
"""


@pytest.fixture
def file(tmp_path: Path) -> Iterator[SpoolFile]:
    found = SpoolFile(tmp_path, max_bytes=MIB)
    yield found
    found.close()


def test_records_come_back_in_the_order_in_which_they_were_written(file: SpoolFile) -> None:
    file.append([(2.0, '{"a":1}', b"one\x00\xff"), (1.0, "{}", b"")])
    file.append([(3.0, "{}", b"three")])
    first, second, third = rows(file)
    assert (first.head, first.bodies, second.bodies) == ('{"a":1}', b"one\x00\xff", b"")
    assert third.bodies == b"three"
    assert file.heads(first.number, limit=1) == [(second.number, "{}")]
    assert file.holding() == Holding(records=3, bytes=7 + 5 + 2 + 0 + 2 + 5, oldest=1.0)


def test_what_was_removed_is_gone_and_its_room_is_given_back(file: SpoolFile, tmp_path: Path) -> None:
    for _ in range(20):
        file.append([(1.0, "{}", b"x" * 40_000)])
    file.remove([row.number for row in rows(file)])
    file.shrink()
    assert file.holding() == Holding(records=0, bytes=0, oldest=None)
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 100_000


def test_a_full_file_says_so_keeps_what_it_has_and_takes_more_once_there_is_room(file: SpoolFile) -> None:

    def fill() -> None:
        for _ in range(100):
            file.append([(1.0, "{}", b"x" * 40_000)])

    with pytest.raises(SpoolBroken, match="full") as error:
        fill()
    assert error.value.full
    kept = rows(file)
    assert 15 < len(kept) < 27
    file.remove([row.number for row in kept])
    file.append([(1.0, "{}", b"x" * 40_000)])


def test_two_processes_share_one_file(file: SpoolFile, tmp_path: Path) -> None:
    other = SpoolFile(tmp_path, max_bytes=MIB)
    file.append([(1.0, "{}", b"one")])
    other.append([(2.0, "{}", b"two")])
    assert [row.bodies for row in rows(file)] == [b"one", b"two"]
    other.close()


def test_nobody_but_its_owner_reads_it(file: SpoolFile, tmp_path: Path) -> None:
    file.append([(1.0, "{}", b"one")])
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes == dict.fromkeys((NAME, f"{NAME}-wal", f"{NAME}-shm"), 0o600)


def test_a_process_killed_in_the_middle_of_a_write_loses_nothing_that_it_had_acknowledged(
    tmp_path: Path,
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", ENDLESS, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        acknowledged = [writer.stdout.readline() for _ in range(50)]
        writer.send_signal(signal.SIGKILL)
        acknowledged += writer.stdout.readlines()
    file = SpoolFile(tmp_path)
    kept = [row.bodies for row in rows(file)]
    file.close()
    assert set(kept) == {b"x" * 3000}
    # The last may have been committed and not told any more.
    assert len(kept) - len([line for line in acknowledged if line.endswith("\n")]) in (0, 1)


def test_a_torn_last_record_is_dropped_and_the_others_stay(tmp_path: Path) -> None:
    file = SpoolFile(tmp_path, max_bytes=MIB)
    for number in range(5):
        file.append([(1.0, "{}", bytes([number]) * 5000)])
    folder = tmp_path / "after-a-crash"
    folder.mkdir()
    # As a crash leaves it: nobody has closed it, and the end of the log did not reach the disk.
    for name in (NAME, f"{NAME}-wal"):
        (folder / name).write_bytes((tmp_path / name).read_bytes())
    file.close()
    log = folder / f"{NAME}-wal"
    os.truncate(log, log.stat().st_size - 100)
    torn = SpoolFile(folder)
    assert [row.bodies[:1] for row in rows(torn)] == [b"\x00", b"\x01", b"\x02", b"\x03"]
    torn.close()


def test_a_look_at_the_file_leaves_the_locks_of_this_process_in_place(
    file: SpoolFile, tmp_path: Path
) -> None:
    file.append([(1.0, "{}", b"one")])

    def locks() -> list[str]:
        inode = f":{(tmp_path / NAME).stat().st_ino} "
        return [line for line in Path("/proc/locks").read_text().splitlines() if inode in line]

    held = locks()
    assert held
    assert look(tmp_path).records == 1
    SpoolFile(tmp_path).close()
    assert len(locks()) == len(held)


def test_each_commit_is_synced(file: SpoolFile) -> None:
    mode = file._database.execute("PRAGMA journal_mode").fetchone()
    level = file._database.execute("PRAGMA synchronous").fetchone()
    assert (mode, level) == (("wal",), (2,))


def test_a_file_that_is_none_of_ours_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"these are the notes of somebody else" * 30)
    with pytest.raises(SpoolBroken, match="not a database"):
        SpoolFile(tmp_path, max_bytes=MIB)
    assert (tmp_path / NAME).read_bytes().startswith(b"these are")


def test_a_file_of_another_version_is_refused(tmp_path: Path) -> None:
    database = sqlite3.connect(tmp_path / NAME)
    database.execute("PRAGMA user_version = 7")
    database.close()
    with pytest.raises(SpoolBroken, match="it has format 7, and this version of Hookline writes 1"):
        SpoolFile(tmp_path, max_bytes=MIB)
