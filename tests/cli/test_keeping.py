"""What keeps `hookline up` whole: waits, lines, room on the disk, and that none ends another."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.support.waiting import until
from webhooks.cli import backoff, keeping, lines
from webhooks.cli.backoff import LONGEST, STEADY, Backoff
from webhooks.cli.embedded import EmbeddedStore
from webhooks.cli.keeping import StoreKeeper
from webhooks.cli.lines import Lines
from webhooks.cli.supervisor import COMMANDS, Supervisor

PROCFILE = Path(__file__).parents[2] / "Procfile"
ENDS = ("-c", "raise SystemExit(3)")
STAYS = ("-c", "import sys; sys.stdin.close(); import time; time.sleep(300)")


def test_the_waits_grow_to_a_longest_one_and_never_end() -> None:
    found = Backoff()
    waits = []
    for now in range(100):
        found.started(float(now))
        waits.append(found.ended(float(now)))
    assert waits[:6] == [0, 1, 2, 4, 8, LONGEST]
    assert set(waits[6:]) == {LONGEST}


def test_what_ran_long_enough_is_started_again_at_once() -> None:
    found = Backoff()
    for _ in range(5):
        found.started(0)
        found.ended(0)
    found.started(100)
    assert not found.steady(99 + STEADY)
    assert found.steady(100 + STEADY)
    assert not found.steady(101 + STEADY)
    assert found.ended(102 + STEADY) == 0


def test_its_commands_are_those_of_the_procfile() -> None:
    names = [line.split(":")[0] for line in PROCFILE.read_text().splitlines()]
    assert names == list(COMMANDS)


@pytest.fixture
def said(tmp_path: Path) -> Iterator[Lines]:
    found = Lines(tmp_path / "up.log", width=6)
    yield found
    found.close()


def test_a_process_that_ends_again_and_again_ends_no_other(
    said: Lines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backoff, "LONGEST", 0.0)
    found = Supervisor(dict(os.environ), said, commands={"web": STAYS, "flower": ENDS})
    log = tmp_path / "up.log"

    def ended_often() -> bool:
        found.watch()
        return log.read_text().count("flower ended (status 3) and is started again") >= 5

    until(ended_often, what="it ends five times")
    assert found.uptime("web") > 0
    assert "web ended" not in log.read_text()
    found.stop(patience=20)


def test_a_process_that_cannot_be_made_is_tried_again(
    said: Lines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "nothing"))
    found = Supervisor(dict(os.environ), said, commands={"web": STAYS})
    found.watch()
    assert found.uptime("web") == 0
    assert "web ended (No such file or directory) and is started again" in (tmp_path / "up.log").read_text()
    monkeypatch.undo()
    found.watch()
    assert found.uptime("web") > 0
    found.stop(patience=20)


def test_the_log_stays_small_and_keeps_what_came_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "LARGEST", 1000)
    path = tmp_path / "up.log"
    for part in range(2):
        found = Lines(path, width=6)
        for number in range(50):
            found.say(f"line {part} {number} " + "x" * 50)
        found.close()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["up.log", "up.log.1"]
    assert all(file.stat().st_size <= 1000 for file in tmp_path.iterdir())
    assert "line 1 49" in path.read_text()
    assert "line 1 3" in (tmp_path / "up.log.1").read_text()


def test_neither_a_full_disk_nor_a_terminal_that_is_gone_stops_a_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    # What is left in the buffer at the end is lost too.
    with suppress(BrokenPipeError), os.fdopen(writing, "w") as gone, monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", gone)
        found = Lines(Path("/dev/full"), width=6)
        found.say("a line")
        found.show("another")
        found.close()


def test_a_full_disk_is_waited_out_by_the_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    room = [True]
    monkeypatch.setattr(keeping, "has_room", lambda _: room[0])
    monkeypatch.setattr(keeping, "AGAIN", 0.0)
    words: list[str] = []
    store = EmbeddedStore(tmp_path / "store")
    keeper = StoreKeeper(store, words.append)
    keeper.start([])
    room[0] = False
    os.kill(int((tmp_path / "store" / "store.lock").read_text()), signal.SIGKILL)
    until(lambda: not store.running(), what="the store ends")
    for _ in range(10):
        keeper.watch()
    assert not store.running()
    assert len(words) == 2
    assert "the store ended (status -9)" in words[0]
    assert "is full: free some room" in words[1]
    room[0] = True
    keeper.watch()
    until(store.answers, what="the store is back")
    store.stop()
