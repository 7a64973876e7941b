"""The given handshakes, sent through the whole application."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.servers import StoreServer
from tests.vectors.rows import Row, read_rows
from tests.vectors.through_app import judge
from webhooks.store.connection import RedisConnection

FILE = Path(__file__).parents[1] / "data" / "handshakes.jsonl"
ROWS = list(read_rows(FILE))


@pytest.mark.parametrize("row", ROWS, ids=[row["id"] for row in ROWS])
def test_each_row_is_answered_as_the_provider_wants_it(
    row: Row, store_server: StoreServer, connection: RedisConnection
) -> None:
    assert judge(row, store_server.url) == []


def test_the_runner_prints_its_tally_last_and_fails_on_a_mismatch(tmp_path: Path) -> None:
    wrong = {**ROWS[0], "id": "wrong", "expect": {"status": [418]}}
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps(ROWS[0]) + "\n" + json.dumps(wrong) + "\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "tests.vectors", "--handshakes", str(path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=FILE.parents[2],
        env={name: value for name, value in os.environ.items() if name != "HOOKLINE_TEST_SERVER"},
    )
    assert done.returncode == 1
    assert json.loads(done.stdout.splitlines()[-1]) == {
        "must": 2,
        "must_ok": 1,
        "accept_ok": 1,
        "policy_errors": 0,
        "mismatches": ["wrong"],
    }
