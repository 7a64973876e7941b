"""`hookline check`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Console
from tests.cli.test_events import kill_event
from tests.support.events import admit_one, event
from tests.support.processes import Installation
from tests.support.servers import StoreServer
from webhooks.store.connection import RedisConnection
from webhooks.store.rejections import Rejection, keep_rejections
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
    assert found["value"] == "1: 1 stripe (ValueError: no)"
    assert "hookline replay --dead" in str(found["cure"])


def test_a_warning_is_exit_0_and_1_where_it_is_asked_to_be_strict(
    console: Console, connection: RedisConnection
) -> None:
    sweep(connection, worker="celery@here", backlog=200)
    assert console.cli("check", "--strict", check=False).returncode == 0
    admit_one(connection, event("evt_1"))
    kill_event(connection, "stripe:evt_1")
    assert console.cli("check", check=False).returncode == 0
    strict = console.cli("check", "--strict", check=False)
    assert strict.returncode == 1
    assert "warn" in strict.stdout


def test_refusals_of_the_last_day_are_counted_by_source_and_cause(
    console: Console, connection: RedisConnection
) -> None:
    one = Rejection("stripe", "signature_mismatch", "other_secret", "it is another's", "correct it")
    other = Rejection("", "source_unknown", "source_unknown", "no such source", "correct the URL")
    keep_rejections(connection, [one, one, other])
    found = checks(console)["rejected"]
    assert found["value"] == "3 of the last day: 2 stripe (other_secret), 1 no source (source_unknown)"
    assert (found["ok"], found["warning"]) == (True, True)


def test_many_causes_are_named_by_the_most_frequent(console: Console, connection: RedisConnection) -> None:
    keep_rejections(connection, [Rejection("a", "code", f"cause{n}", "is", "do") for n in range(7)])
    assert str(checks(console)["rejected"]["value"]).endswith(", 2 other causes")


@pytest.mark.parametrize("login", ["", ":whisper@", "nobody:whisper@"])
def test_a_wrong_password_of_the_store_is_called_by_its_name(
    installation: Installation, own_server: StoreServer, login: str
) -> None:
    own_server.connect().execute("CONFIG", "SET", "requirepass", "fake-password")
    installation.environ["HOOKLINE_REDIS_URL"] = own_server.url.replace("//", f"//{login}")
    done = installation.cli("check", "--json", check=False)
    found = {row["name"]: row for row in json.loads(done.stdout)}["redis"]
    assert found["value"] == "the password of HOOKLINE_REDIS_URL is wrong or missing"
    assert "whisper" not in done.stdout + done.stderr


def test_on_a_terminal_of_80_columns_no_line_is_cut(
    console: Console, connection: RedisConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rich.console.Console.is_terminal", True)
    console.environ |= {"COLUMNS": "80", "TERM": "dumb"}
    lines = console.cli("check", check=False).stdout.splitlines()
    assert max(map(len, lines)) <= 80
    assert any("no worker has looked for work in 30 s" in line for line in lines)


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
