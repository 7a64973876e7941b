"""`hookline check`."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Console
from tests.cli.test_events import kill_event
from tests.support.events import admit_one, event
from tests.support.processes import Installation
from tests.support.servers import StoreServer
from webhooks.store.connection import RedisConnection
from webhooks.store.upkeep import sweep


def checks(console: Installation) -> dict[str, dict[str, object]]:
    rows = json.loads(console.cli("check", "--json", check=False).stdout)
    return {row["name"]: row for row in rows}


def test_all_right_is_exit_0_and_names_each_sources_retries(
    console: Console, connection: RedisConnection
) -> None:
    sweep(connection, worker="celery@here", backlog=200)
    done = console.cli("check")
    assert "GitHub, 1 secret, never redelivers by itself" in done.stdout
    assert "Stripe, 1 secret, tries again for 3 days" in done.stdout
    assert "never redelivers by itself, wants an answer within 10 seconds; not proven: " in done.stdout
    assert "celery@here" in done.stdout


def test_a_missing_worker_is_named_with_the_command_that_starts_one(console: Console) -> None:
    done = console.cli("check", check=False)
    assert done.returncode == 1
    assert "start one with `python -m workers`" in done.stdout


def test_each_unsafe_setting_of_the_store_is_named_with_its_cure(
    installation: Installation, own_server: StoreServer
) -> None:
    own_server.connect().execute("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
    found = checks(installation)["redis maxmemory-policy"]
    assert found["ok"] is False
    assert "CONFIG SET maxmemory-policy noeviction" in str(found["cure"])


def test_dead_events_are_counted_and_the_repair_is_named(
    console: Console, connection: RedisConnection
) -> None:
    admit_one(connection, event("evt_1"))
    kill_event(connection, "stripe:evt_1")
    found = checks(console)["dead events"]
    assert found["value"] == "1"
    assert "hookline replay --dead" in str(found["cure"])


def test_every_fault_of_the_configuration_is_a_line(console: Console, tmp_path: Path) -> None:
    (tmp_path / "hookline.toml").write_text("[web]\nport = -1\n[nonsense]\n")
    done = console.cli("check", check=False)
    assert done.returncode == 1
    assert "HOOKLINE_WEB_PORT" not in done.stdout
    assert "unknown section [nonsense]" in done.stdout


def test_a_store_that_is_away_says_what_follows(console: Console) -> None:
    console.environ["HOOKLINE_REDIS_URL"] = "redis://127.0.0.1:1/0"
    found = checks(console)["redis"]
    assert found["ok"] is False
    assert "503" in str(found["cure"])
