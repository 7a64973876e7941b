"""`hookline.example.toml` shows every key, and is itself a configuration that loads."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from webhooks.config import load_settings
from webhooks.config.sections import SECTIONS
from webhooks.config.sources import SOURCE_KEYS
from webhooks.providers.custom import SIGNATURE_KEYS

EXAMPLE = Path(__file__).parents[2] / "hookline.example.toml"
SECRETS = dict.fromkeys(
    ("STRIPE_WEBHOOK_SECRET", "TWILIO_AUTH_TOKEN", "GITHUB_WEBHOOK_SECRET", "ORDERS_SECRET"), "fake"
)


def test_the_example_loads_with_its_variables_set() -> None:
    settings = load_settings({"HOOKLINE_CONFIG": str(EXAMPLE), **SECRETS})
    assert set(settings.sources) == {"stripe", "twilio", "github", "orders"}


@pytest.mark.parametrize("section", SECTIONS)
def test_the_example_shows_every_key_of_a_section(section: str) -> None:
    text = EXAMPLE.read_text().split(f"\n[{section}]")[1].split("\n[")[0]
    shown = re.findall(r"^#? ?([a-z_]+) = ", text, re.MULTILINE)
    assert shown == [field.name for field in dataclasses.fields(SECTIONS[section])]


def test_the_example_shows_every_key_of_a_source_and_of_a_signature() -> None:
    text = EXAMPLE.read_text().split("[redis]")[0]
    shown = set(re.findall(r"^#? ?([a-z_]+) = ", text, re.MULTILINE)) | {"signature"}
    assert shown >= {*SOURCE_KEYS, *SIGNATURE_KEYS}


def test_the_example_with_its_defaults_written_out_changes_nothing(tmp_path: Path) -> None:
    """Each commented default is the real one."""
    lines = EXAMPLE.read_text().split("[redis]")[1].splitlines()
    free = (
        "url",
        "dsn",
        "basic_auth",
        "handlers",
        "processes",
        "workers",
        "max_body",
        "forwarded",
        "directory",
        "status_token",
        "max_memory",
    )
    kept = [
        line.removeprefix("# ")
        for line in ["[redis]", *lines]
        if line.startswith("[") or (line.startswith("# ") and not line[2:].startswith(free))
    ]
    path = tmp_path / "hookline.toml"
    path.write_text("\n".join(kept))
    assert load_settings({"HOOKLINE_CONFIG": str(path)}) == load_settings({"HOOKLINE_CONFIG": "/dev/null"})
