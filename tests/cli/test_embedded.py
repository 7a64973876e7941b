"""The store of `hookline up`: a real server, and never two of them on one file."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.waiting import until
from webhooks.cli import embedded
from webhooks.cli.embedded import EmbeddedStore, StoreHeld
from webhooks.store.connection import RedisConnection

ORPHAN = """
import sys
from pathlib import Path
from webhooks.cli.embedded import EmbeddedStore
store = EmbeddedStore(Path(sys.argv[1]))
store.start()
while not store.answers():
    pass
print(flush=True)
sys.stdin.read()
"""


def holder(folder: Path) -> int:
    """The process of the server that has the data."""
    return int((folder / "store.lock").read_text())


def started(folder: Path) -> EmbeddedStore:
    store = EmbeddedStore(folder)
    store.start()
    until(store.answers, what="the store answers")
    return store


def writers(folder: Path) -> list[int]:
    """The processes that have an append-only file of the folder open."""
    found = set()
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            target = link.readlink()
        except OSError:
            continue
        if target.is_relative_to(folder / "appendonlydir"):
            found.add(int(link.parts[2]))
    return sorted(found)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    found = tmp_path / "store"
    yield found
    for pid in writers(found):
        os.kill(pid, signal.SIGKILL)


@pytest.fixture
def orphan(folder: Path) -> int:
    """A server whose `hookline up` was killed."""
    parent = subprocess.Popen(
        [sys.executable, "-c", ORPHAN, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert parent.stdout is not None
    parent.stdout.readline()
    parent.kill()
    parent.communicate()
    assert writers(folder) == [holder(folder)]
    return holder(folder)


def test_a_server_left_behind_is_stopped_and_its_data_taken_over(folder: Path, orphan: int) -> None:
    store = started(folder)
    assert writers(folder) == [holder(folder)] != [orphan]
    store.stop()


def test_a_hung_server_left_behind_is_named_and_keeps_its_data(
    folder: Path, orphan: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.kill(orphan, signal.SIGSTOP)
    monkeypatch.setattr(embedded, "STOP", 0.2)
    for _ in range(2):
        with pytest.raises(StoreHeld, match=rf"process {orphan} holds .*/store.lock.*`kill -9 {orphan}`"):
            EmbeddedStore(folder).start()
        assert writers(folder) == [orphan]


def test_the_lock_ends_with_the_hung_server_and_nothing_it_acknowledged_is_lost(
    folder: Path, orphan: int
) -> None:
    url = EmbeddedStore(folder).url
    RedisConnection(url, timeout=20).execute("SET", "acknowledged", "yes")
    os.kill(orphan, signal.SIGSTOP)
    os.kill(orphan, signal.SIGKILL)
    store = started(folder)
    assert RedisConnection(url, timeout=20).execute("GET", "acknowledged") == b"yes"
    store.stop()


def test_the_lock_is_held_though_its_file_does_not_say_by_whom(
    folder: Path, orphan: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "store.lock").write_text("")
    monkeypatch.setattr(embedded, "STOP", 0.2)
    with pytest.raises(StoreHeld, match=r"a process .`fuser .*/store.lock` says which.* holds"):
        EmbeddedStore(folder).start()
    assert writers(folder) == [orphan]


def test_a_hung_server_of_its_own_is_killed_when_all_stops(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = started(folder)
    os.kill(holder(folder), signal.SIGSTOP)
    monkeypatch.setattr(embedded, "STOP", 0.2)
    store.stop()
    until(lambda: not writers(folder), what="the server is gone")
