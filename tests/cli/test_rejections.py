"""`hookline rejections`."""

from __future__ import annotations

import json
import subprocess

from tests.cli.conftest import Console
from tests.store.test_rejections import rejection
from tests.support.processes import BIN
from webhooks.store.connection import RedisConnection
from webhooks.store.rejections import keep_rejections


def test_the_list_shows_the_newest_first_in_aligned_columns(
    console: Console, connection: RedisConnection
) -> None:
    keep_rejections(connection, [rejection(), rejection("github"), rejection("", path="/webhooks/strpie")])
    lines = console.cli("rejections").stdout.splitlines()
    assert lines[0].split() == ["number", "refused", "(UTC)", "source", "code", "why"]
    assert [line.split()[0] for line in lines[1:]] == ["3", "2", "1"]
    assert [line.split()[3] for line in lines[1:]] == ["/webhooks/strpie", "github", "stripe"]
    assert len({line.index("signature_mismatch") for line in lines[1:]}) == 1


def test_the_list_filters_by_source(console: Console, connection: RedisConnection) -> None:
    keep_rejections(connection, [rejection(), rejection("github"), rejection("", path="/webhooks/strpie")])

    def numbers(*options: str) -> list[int]:
        return [one["number"] for one in json.loads(console.cli("rejections", "--json", *options).stdout)]

    assert numbers() == [3, 2, 1]
    assert numbers("--source", "github") == [2]
    assert numbers("--source", "-") == [3]
    assert numbers("--source", "orders") == []
    assert numbers("--limit", "1") == [3]


def test_the_list_says_so_when_there_is_none_and_when_there_are_more(
    console: Console, connection: RedisConnection
) -> None:
    assert console.cli("rejections").stdout == "no such rejection\n"
    assert json.loads(console.cli("rejections", "--json").stdout) == []
    keep_rejections(connection, [rejection(), rejection()])
    assert "--limit shows more" in console.cli("rejections", "--limit", "1").stderr


def test_show_tells_it_in_one_sentence_with_the_cure(console: Console, connection: RedisConnection) -> None:
    keep_rejections(connection, [rejection(not_kept=3)])
    first, empty, *facts = console.cli("rejections", "show", "1").stdout.splitlines()
    assert first == "The signature matches the body as compact JSON: pass it on byte for byte."
    assert empty == ""
    text = "\n".join(facts)
    for told in ("POST /webhooks/stripe", "Host, Stripe-Signature", "12 bytes (not kept)", "body_changed"):
        assert told in text
    assert "3 refusals of this source came too fast" in text


def test_show_json_is_an_object_for_programs(console: Console, connection: RedisConnection) -> None:
    keep_rejections(connection, [rejection("", method="", headers=(), body_bytes=None)])
    for command in (("rejections", "show", "1", "--json"), ("rejections", "--json", "show", "1")):
        found = json.loads(console.cli(*command).stdout)
        assert found.pop("at").endswith("Z")
        assert found == {
            "number": 1,
            "source": None,
            "code": "signature_mismatch",
            "cause": "body_changed",
            "sentence": "The signature matches the body as compact JSON",
            "cure": "pass it on byte for byte",
            "method": None,
            "path": "/webhooks/",
            "headers": [],
            "body_bytes": None,
            "body_kept": False,
            "not_kept": 0,
        }


def test_show_body_writes_it_byte_for_byte(console: Console, connection: RedisConnection) -> None:
    body = b"\x00\xff{}\r\n"
    keep_rejections(connection, [rejection(body=body)])
    done = subprocess.run(
        [str(BIN / "hookline"), "rejections", "show", "1", "--body"],
        cwd=console.folder,
        env=console.environ,
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert done.stdout == body


def test_a_body_that_was_not_kept_names_the_setting(console: Console, connection: RedisConnection) -> None:
    keep_rejections(connection, [rejection()])
    done = console.cli("rejections", "show", "1", "--body", check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert "web.keep_rejected_bodies = true" in done.stderr


def test_one_that_is_not_there_is_exit_1_and_no_number_is_exit_2(console: Console) -> None:
    done = console.cli("rejections", "show", "7", check=False)
    assert done.returncode == 1
    assert done.stderr == "hookline: no rejection 7; `hookline rejections` shows those of the last day\n"
    assert console.cli("rejections", "show", "seven", check=False).returncode == 2


def test_what_a_sender_wrote_cannot_forge_a_line_or_a_colour(
    console: Console, connection: RedisConnection
) -> None:
    evil = "/webhooks/\x1b[31m[red]boo[/red]\nforged"
    keep_rejections(connection, [rejection("", path=evil, headers=("X-\x1b[2J",))])
    for arguments in (("rejections",), ("rejections", "show", "1")):
        text = console.cli(*arguments).stdout
        assert "\x1b" not in text
        assert "[red]boo[/red]\\nforged" in text


def test_a_data_directory_named_before_show_counts(console: Console, connection: RedisConnection) -> None:
    del console.environ["HOOKLINE_REDIS_URL"]
    done = console.cli("rejections", "--data", "elsewhere", "show", "1", check=False)
    assert "with its data in elsewhere" in done.stderr
