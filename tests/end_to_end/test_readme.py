"""What the README tells a newcomer to do, done."""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from pathlib import Path

import click
import pytest

from tests.support.processes import Installation
from tests.support.servers import StoreServer
from tests.support.waiting import until
from webhooks.cli import main
from webhooks.config import load_settings

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


def block(language: str, containing: str = "") -> str:
    """The first code block of a language that contains a text."""
    found: list[str] = re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)
    return next(text for text in found if containing in text)


def test_the_first_handler_of_the_readme_runs(installation: Installation, own_server: StoreServer) -> None:
    installation.configure('[worker]\nhandlers = ["handlers"]\nprocesses = 1\n')
    installation.write_handlers(block("python", "@on"))
    installation.start_web()
    worker = installation.start_worker()
    sent = json.loads(installation.cli("send", "stripe", "invoice.paid", "--json").stdout)
    event_id = sent["answer"]["id"]
    until(lambda: f"booked in_sample under the key {event_id}" in worker.output, what="it is booked")


def test_the_handler_is_ten_lines() -> None:
    assert len([line for line in block("python", "@on").splitlines() if line]) <= 10


def test_the_configuration_of_the_readme_loads(tmp_path: Path) -> None:
    text = block("toml")
    tomllib.loads(text)
    path = tmp_path / "hookline.toml"
    path.write_text(text, encoding="utf-8")
    environ = {"HOOKLINE_CONFIG": str(path), "STRIPE_WEBHOOK_SECRET": "fake", "ORDERS_SECRET": "fake"}
    assert set(load_settings(environ).sources) == {"stripe", "orders"}


def _commands() -> list[str]:
    lines = README.splitlines()
    return [line.removeprefix(".venv/bin/") for line in lines if re.match(r"(\.venv/bin/)?hookline ", line)]


@pytest.mark.parametrize("line", _commands())
def test_every_command_of_the_readme_is_one_that_hookline_understands(line: str) -> None:
    words = shlex.split(line, comments=True)[1:]
    command: click.Command = main
    context = click.Context(main, info_name="hookline")
    while isinstance(command, click.Group) and words:
        found = command.get_command(context, words.pop(0))
        assert found is not None, line
        command = found
    command.make_context("hookline", words, parent=context)


@pytest.mark.parametrize("path", re.findall(r"\]\((?!http)([^)]+)\)", README))
def test_every_link_of_the_readme_leads_somewhere(path: str) -> None:
    assert (Path(__file__).parents[2] / path).exists()
