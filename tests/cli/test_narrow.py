"""What others wrote, on terminals of any width: ids whole and as they are, and nothing beyond the edge."""

from __future__ import annotations

import re

import pytest
from rich.cells import cell_len

from tests.cli.conftest import Console
from tests.cli.test_events import kill_event
from tests.support.events import admit_one, event
from webhooks.store.connection import RedisConnection

STRANGE = ("a:b:c", ":smile:", "[bold red]x[/bold red]", "[/]", "back\\slash[", "\u6f22\u5b57", "%s{0}$HOME")
"""Names that rich could take for an emoji or for markup, and one of double width."""

HIDDEN = {"\x9b31m": r"\x9b31m", "\u202ered": r"\u202ered", "\x07": r"\x07"}
"""Names that move a cursor or reorder a line, and how they are printed."""


def on_terminal(console: Console, columns: int, *arguments: str) -> list[str]:
    """Return the lines that a terminal of so many columns is given, without styles."""
    console.environ |= {"FORCE_COLOR": "1", "TERM": "xterm", "COLUMNS": str(columns)}
    printed = console.cli(*arguments, check=False).stdout
    return [line.rstrip() for line in re.sub(r"\x1b\[[0-9;]*m", "", printed).splitlines()]


@pytest.fixture
def events(connection: RedisConnection) -> list[str]:
    """Ids as providers make them; one is of an event that failed at some length."""
    names = [f"evt_1PabcdefghijKLMNOPQRSTU{letter}" for letter in "VWX"]
    for name in names:
        admit_one(connection, event(name, type="invoice.payment_failed"))
    kill_event(connection, f"stripe:{names[0]}", "KeyError: 'amount' is not in what the bank has sent " * 3)
    return [f"stripe:{name}" for name in names]


@pytest.mark.parametrize("columns", [40, 80, 120, 200])
def test_a_list_breaks_no_id_and_stays_within_the_terminal(
    console: Console, events: list[str], columns: int
) -> None:
    lines = on_terminal(console, columns, "events", "list")
    assert max(map(cell_len, lines)) <= columns
    text = "\n".join(lines)
    assert all(text.count(name) == 1 for name in events)
    assert text.count("invoice.payment_failed") == len(events)
    assert "dead" in text
    assert "KeyError: 'amount' is" in text


def test_a_wide_terminal_has_a_line_for_each_event_and_a_narrow_one_a_few(
    console: Console, connection: RedisConnection
) -> None:
    admit_one(connection, event("evt_1"))
    assert len(on_terminal(console, 80, "events", "list")) == 2
    assert len(on_terminal(console, 40, "events", "list")) == 3
    admit_one(connection, event("evt_" + "x" * 100))
    ids = on_terminal(console, 80, "events", "list")[::2]
    assert sorted(ids) == ["stripe:evt_1", "stripe:evt_" + "x" * 100]


def test_a_program_gets_one_line_for_each_event_however_long_its_id_is(
    console: Console, connection: RedisConnection
) -> None:
    admit_one(connection, event("evt_" + "x" * 190, type="t" * 200))
    assert len(console.cli("events", "list").stdout.splitlines()) == 2


@pytest.mark.parametrize("columns", [40, 200])
@pytest.mark.parametrize("name", STRANGE)
def test_ids_types_and_errors_are_printed_as_they_are(
    console: Console, connection: RedisConnection, name: str, columns: int
) -> None:
    admit_one(connection, event(name, type=name))
    kill_event(connection, f"stripe:{name}", f"Wrong: {name}")
    for command in (("events", "list"), ("events", "show", f"stripe:{name}")):
        text = "\n".join(on_terminal(console, columns, *command))
        # As the id, as the type, and in the error.
        assert f"stripe:{name}" in text
        assert text.count(name) >= 3
    assert f"stripe:{name}" in "\n".join(on_terminal(console, columns, "replay", f"stripe:{name}"))


@pytest.mark.parametrize("name", HIDDEN)
def test_what_a_terminal_would_obey_is_printed_as_an_escape(
    console: Console, connection: RedisConnection, name: str
) -> None:
    admit_one(connection, event(name, type=name))
    text = "\n".join(on_terminal(console, 80, "events", "list"))
    assert name not in text
    assert text.count(HIDDEN[name]) == 2


def test_a_misspelt_source_is_answered_with_those_that_are_known(
    console: Console, connection: RedisConnection
) -> None:
    # No longer configured, but in the store.
    admit_one(connection, event("evt_1", id="shop:evt_1", source="shop"))
    for command in (
        ("events", "list", "--source", "strpe"),
        ("rejections", "--source", "strpe"),
        ("replay", "--dead", "--source", "strpe"),
        ("discard", "--dead", "--source", "strpe"),
    ):
        done = console.cli(*command, check=False)
        assert done.returncode == 2
        assert "did you mean stripe? known: github, orders, shop, stripe" in done.stderr
    assert "shop:evt_1" in console.cli("events", "list", "--source", "shop").stdout


def test_a_misspelt_type_is_answered_with_those_of_the_source(
    console: Console, connection: RedisConnection
) -> None:
    admit_one(connection, event("evt_1", type="invoice.paid"))
    admit_one(connection, event("evt_2", type="[red]x"))
    done = console.cli("events", "list", "--source", "stripe", "--type", "invoice.payd", check=False)
    assert done.returncode == 2
    assert "did you mean invoice.paid? known: [red]x, invoice.paid" in done.stderr


def test_a_known_type_that_no_event_of_the_filter_has_is_no_mistake(
    console: Console, connection: RedisConnection
) -> None:
    admit_one(connection, event("evt_1", type="invoice.paid"))
    options = ("--source", "stripe", "--type", "invoice.paid", "--state", "dead")
    assert console.cli("events", "list", *options).stdout == "no such event\n"
    # A source without events has no types yet.
    assert console.cli("events", "list", "--source", "github", "--type", "push").stdout == "no such event\n"
