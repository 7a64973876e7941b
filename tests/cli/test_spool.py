"""`hookline spool`."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from tests.cli.conftest import Console
from tests.spool.records import spooled
from tests.support.events import NOW
from tests.support.life import number_stored
from webhooks.spool import room
from webhooks.spool.spool import Spool
from webhooks.store.connection import RedisConnection


@pytest.fixture
def armed(console: Console, tmp_path: Path) -> Console:
    """A console whose machine has a spool with two deliveries."""
    spool = Spool(tmp_path / "spool", max_bytes=2**20)
    spool.put(spooled("evt_1"))
    spool.put(spooled("evt_2", received_at=NOW + 60))
    console.environ["HOOKLINE_SPOOL_DIRECTORY"] = str(tmp_path / "spool")
    return console


def test_status_tells_what_waits_and_what_becomes_of_it(armed: Console) -> None:
    done = armed.cli("spool", "status")
    head, row, words = done.stdout.splitlines()
    assert head.split() == ["directory", "deliveries", "bytes", "oldest", "(UTC)"]
    assert row.split()[1] == "2"
    assert "of 1,073,741,824" in row
    assert words.startswith("they go to the store by themselves")


def test_status_for_programs(armed: Console, tmp_path: Path) -> None:
    (found,) = json.loads(armed.cli("spool", "status", "--json").stdout)
    assert (found["directory"], found["records"], found["max_bytes"]) == (str(tmp_path / "spool"), 2, 2**30)
    assert found["oldest"] == "2026-09-21T14:13:20.000Z"


def test_drain_brings_everything_to_the_store(armed: Console, connection: RedisConnection) -> None:
    assert armed.cli("spool", "drain").stdout == "admitted 2\n"
    assert number_stored(connection) == 2
    (found,) = json.loads(armed.cli("spool", "drain", "--json").stdout)
    assert found == {"admitted": 0, "refused": [], "unremoved": 0, "reason": ""}


def test_status_and_check_say_why_nothing_is_added(armed: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    (found,) = json.loads(armed.cli("spool", "status", "--json").stdout)
    assert found["full"] is None
    monkeypatch.setattr(room, "free_bytes", lambda _directory: 4096)
    words = "its disk has 4,096 bytes free"
    assert f"nothing is added for now: {words}" in armed.cli("spool", "status").stdout
    checks = json.loads(armed.cli("check", "--json", check=False).stdout)
    (check,) = [one for one in checks if one["name"] == "room for the spool"]
    assert check["warning"]
    assert check["value"].startswith(words)


def test_drain_without_a_store_keeps_everything_and_says_so(armed: Console) -> None:
    armed.environ["HOOKLINE_REDIS_URL"] = "redis://127.0.0.1:1/0"
    done = armed.cli("spool", "drain", check=False)
    assert (done.returncode, done.stderr) == (1, "hookline: Redis does not answer (ConnectionError)\n")
    (found,) = json.loads(armed.cli("spool", "status", "--json").stdout)
    assert found["records"] == 2


def test_a_machine_without_a_spool_is_told_how_to_name_it(console: Console) -> None:
    done = console.cli("spool", "status", check=False)
    assert done.returncode == 1
    assert "set spool.directory (HOOKLINE_SPOOL_DIRECTORY)" in done.stderr


def test_a_machine_whose_receiver_has_not_run_yet_has_nothing_waiting(
    console: Console, tmp_path: Path
) -> None:
    console.environ["HOOKLINE_SPOOL_DIRECTORY"] = str(tmp_path / "none")
    (found,) = json.loads(console.cli("spool", "status", "--json").stdout)
    assert (found["records"], found["oldest"]) == (0, None)


def test_check_tells_of_the_spool(armed: Console) -> None:
    checks = json.loads(armed.cli("check", "--json", check=False).stdout)
    (check,) = [one for one in checks if one["name"] == "spool"]
    # They came in 2026 by the tests' clock, which is long ago or yet to come.
    assert check["value"].startswith("2 wait in")
    assert "`hookline spool drain` does it now" in check["cure"]


def test_check_warns_of_what_has_not_moved_for_a_minute(console: Console, tmp_path: Path) -> None:
    console.environ["HOOKLINE_SPOOL_DIRECTORY"] = str(tmp_path / "spool")
    Spool(tmp_path / "spool", max_bytes=2**20).put(spooled("evt_1", received_at=time.time() - 300))
    checks = json.loads(console.cli("check", "--json", check=False).stdout)
    (check,) = [one for one in checks if one["name"] == "spool"]
    assert check["warning"]
    assert check["value"].endswith("the oldest for 5 minutes")
