"""Taking the power away: what is cut off, and a disk that fails on demand."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.chaos import power
from tests.support.servers import StoreServer
from webhooks.store.connection import RedisConnection

WRITES = """
import os, sys
handle = os.open(sys.argv[1], os.O_CREAT | os.O_WRONLY | os.O_APPEND)
os.write(handle, b"synced")
os.fdatasync(handle)
os.write(handle, b" and not synced")
"""
COMMIT = """
import sqlite3, sys
base = sqlite3.connect(sys.argv[1])
base.execute("PRAGMA journal_mode = WAL")
base.execute("PRAGMA synchronous = FULL")
with base:
    base.execute("CREATE TABLE kept (value)")
"""


@pytest.fixture(scope="module")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    try:
        return power.build(tmp_path_factory.mktemp("shim"))
    except power.NoCompiler as missing:
        pytest.skip(str(missing))


def run(code: str, path: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, str(path)],
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_what_was_not_synced_is_cut_off(shim: Path, tmp_path: Path) -> None:
    file = tmp_path / "appendonly.aof.1.incr.aof"
    assert run(WRITES, file, LD_PRELOAD=str(shim)).returncode == 0
    assert power.lose(tmp_path) == len(" and not synced")
    assert file.read_bytes() == b"synced"


def test_a_file_that_was_never_synced_is_left_empty(tmp_path: Path) -> None:
    file = tmp_path / "appendonly.aof.2.incr.aof"
    file.write_bytes(b"never synced")
    assert power.lose(tmp_path) == len(b"never synced")
    assert file.read_bytes() == b""


def test_without_a_compiler_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(power.NoCompiler, match=r"no C compiler \(cc\) was found: install one"):
        power.build(tmp_path)


@pytest.mark.parametrize(
    ("fails", "told"), [("sync", "disk I/O error"), ("write", "database or disk is full")]
)
def test_a_disk_fails_below_one_directory_and_for_as_long_as_the_flag_is_there(
    shim: Path, tmp_path: Path, fails: str, told: str
) -> None:
    below, flag = tmp_path / "below", tmp_path / "flag"
    below.mkdir()
    environ = power.failing(shim, below, flag)
    flag.write_text(fails, encoding="ascii")
    assert told in run(COMMIT, below / "failed.sqlite3", **environ).stderr
    assert run(COMMIT, tmp_path / "beside.sqlite3", **environ).returncode == 0
    flag.unlink()
    assert run(COMMIT, below / "kept.sqlite3", **environ).returncode == 0
    with closing(sqlite3.connect(below / "kept.sqlite3")) as base:
        assert base.execute("SELECT * FROM kept").fetchall() == []


@pytest.mark.parametrize(("fsync", "kept"), [("always", True), ("no", False)])
def test_a_power_loss_takes_from_the_store_what_its_setting_did_not_sync(
    shim: Path, tmp_path: Path, *, fsync: str, kept: bool
) -> None:
    server = StoreServer(tmp_path)
    server.environ = {**os.environ, "LD_PRELOAD": str(shim)}
    server.start("--appendfsync", fsync)
    try:
        _write(server.connect(), 100)
        server.kill()
        assert (power.lose(tmp_path) == 0) is kept
        server.start("--appendfsync", fsync)
        assert (server.connect().execute("GET", "key-99") == b"value") is kept
    finally:
        server.stop()


def _write(connection: RedisConnection, count: int) -> None:
    for number in range(count):
        assert connection.execute("SET", f"key-{number}", "value") == b"OK"
    connection.close()
