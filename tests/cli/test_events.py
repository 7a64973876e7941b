"""`hookline events`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.cli.conftest import Console
from tests.support.events import KEEP, admit_one, event
from tests.support.life import take
from tests.support.processes import BIN
from webhooks.store.connection import RedisConnection
from webhooks.store.processing import Claim, claim, fail, release
from webhooks.store.record import HandlerRecord


def kill_event(connection: RedisConnection, event_id: str, error: str = "ValueError: no") -> None:
    """Make an event dead, as a worker does."""
    claimed = claim(connection, event_id, lease=30, max_attempts=9, keep=KEEP)
    assert isinstance(claimed, Claim)
    failed = HandlerRecord(name="handlers.book", state="dead", attempt=1, error=error)
    assert fail(connection, event_id, claimed.fence, error=error, wait=None, handlers=[failed], keep=KEEP)


def test_list_shows_the_latest_first_in_aligned_columns(
    console: Console, connection: RedisConnection
) -> None:
    for number in range(3):
        admit_one(connection, event(f"evt_{number}", received_at=1_790_000_000.0 + number))
    lines = console.cli("events", "list").stdout.splitlines()
    assert lines[0].split() == ["received", "(UTC)", "state", "attempts", "id", "type", "error"]
    assert [line.split()[4] for line in lines[1:]] == ["stripe:evt_2", "stripe:evt_1", "stripe:evt_0"]
    assert len({line.index("stripe:") for line in lines[1:]}) == 1


def test_list_filters_by_state_source_type_and_time(console: Console, connection: RedisConnection) -> None:
    admit_one(connection, event("old", received_at=1_700_000_000.0))
    admit_one(connection, event("new", received_at=1_790_000_000.0))
    admit_one(connection, event("other", type="ping", received_at=1_790_000_000.0))
    kill_event(connection, "stripe:new")

    def ids(*options: str) -> list[str]:
        return [row["id"] for row in json.loads(console.cli("events", "list", "--json", *options).stdout)]

    assert ids("--state", "dead") == ["stripe:new"]
    assert ids("--source", "stripe", "--type", "ping") == ["stripe:other"]
    assert ids("--source", "github") == []
    assert ids("--until", "2024-01-01T00:00:00Z") == ["stripe:old"]
    assert set(ids("--since", "2024-01-01")) == {"stripe:new", "stripe:other"}
    assert len(ids("--limit", "1")) == 1


def test_list_says_so_when_nothing_matches(console: Console) -> None:
    assert console.cli("events", "list").stdout == "no such event\n"


def test_show_tells_what_each_handler_did(console: Console, connection: RedisConnection) -> None:
    admit_one(connection, event("evt_1"))
    kill_event(connection, "stripe:evt_1", "KeyError: 'amount'")
    text = console.cli("events", "show", "stripe:evt_1").stdout
    assert "dead" in text
    assert "handlers.book" in text
    assert "KeyError: 'amount'" in text


def test_show_json_has_the_fields_of_the_contract(console: Console, connection: RedisConnection) -> None:
    admit_one(connection, event("evt_1", received_at=1_790_000_000.5))
    found = json.loads(console.cli("events", "show", "stripe:evt_1", "--json").stdout)
    assert found["id"] == "stripe:evt_1"
    assert found["received_at"] == "2026-09-21T14:13:20.500Z"
    assert (found["source"], found["type"], found["state"]) == ("stripe", "invoice.paid", "queued")
    assert (found["attempts"], found["handlers"]) == (0, [])


def test_show_says_how_many_attempts_were_interrupted(console: Console, connection: RedisConnection) -> None:
    admit_one(connection, event("evt_1"))
    release(connection, take(connection, "stripe:evt_1"), interrupted=True)
    found = json.loads(console.cli("events", "show", "stripe:evt_1", "--json").stdout)
    assert (found["attempts"], found["interrupted"]) == (1, 1)
    assert "1, 1 interrupted" in console.cli("events", "show", "stripe:evt_1").stdout


def test_show_body_writes_it_byte_for_byte(console: Console, connection: RedisConnection) -> None:
    body = b'\x00\xff{"a": 1}\r\n'
    admit_one(connection, event("evt_1", body=body))
    done = subprocess.run(
        [str(BIN / "hookline"), "events", "show", "stripe:evt_1", "--body"],
        env=console.environ,
        cwd=console.folder,
        capture_output=True,
        check=True,
    )
    assert done.stdout == body


def test_an_unknown_event_is_said_and_exits_with_1(console: Console) -> None:
    done = console.cli("events", "show", "stripe:nobody", check=False)
    assert done.returncode == 1
    assert "no event stripe:nobody" in done.stderr


def test_an_error_that_holds_control_characters_or_markup_is_shown_as_text(
    console: Console, connection: RedisConnection
) -> None:
    admit_one(connection, event("evt_1"))
    kill_event(connection, "stripe:evt_1", "\x1b[2J[red]boo[/red]\nforged")
    for arguments in (("events", "show", "stripe:evt_1"), ("events", "list")):
        text = console.cli(*arguments).stdout
        assert "\x1b" not in text
        assert "[red]boo[/red]\\nforged" in text


def test_a_type_without_a_source_is_a_fault_of_usage(console: Console) -> None:
    done = console.cli("events", "list", "--type", "ping", check=False)
    assert done.returncode == 2
    assert "--type needs --source" in done.stderr


def test_a_time_that_is_none_is_a_fault_of_usage(console: Console) -> None:
    done = console.cli("events", "list", "--since", "yesterday", check=False)
    assert done.returncode == 2
    assert "write 15m, 12h or 3d (ago)" in done.stderr


def test_reading_the_store_needs_no_secret_of_a_source(
    console: Console, connection: RedisConnection, tmp_path: Path
) -> None:
    (tmp_path / "hookline.toml").write_text(
        '[sources.a]\nprovider = "stripe"\nsecrets = ["${NOT_SET_HERE}"]\n'
    )
    assert console.cli("events", "list").returncode == 0


def test_with_no_store_to_be_found_it_says_how_to_name_one(console: Console) -> None:
    del console.environ["HOOKLINE_REDIS_URL"]
    done = console.cli("events", "list", check=False)
    assert done.returncode == 1
    assert "start one with `hookline up`" in done.stderr
    assert "HOOKLINE_REDIS_URL" in done.stderr


def test_a_store_that_is_away_is_one_line_and_exit_1(console: Console) -> None:
    console.environ["HOOKLINE_REDIS_URL"] = "redis://127.0.0.1:1/0"
    done = console.cli("events", "list", check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("hookline: Redis does not answer")
    assert "Traceback" not in done.stderr


def test_every_verb_explains_itself(console: Console) -> None:
    listed = console.cli("-h").stdout
    for verb in ("up", "check", "send", "events", "replay", "discard"):
        assert verb in listed
        assert console.cli(verb, "--help").stdout.startswith("Usage: hookline " + verb)


def test_a_command_starts_without_celery_flask_and_sentry() -> None:
    code = (
        "import sys; from webhooks.cli import main\n"
        "import webhooks.cli.events\n"
        "print([m for m in ('celery', 'flask', 'sentry_sdk') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
