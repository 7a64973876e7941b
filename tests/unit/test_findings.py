"""`check` finds what a configuration says that cannot work, one by one."""

from __future__ import annotations

from contextlib import chdir
from pathlib import Path

import pytest

from tests.support.config import settings_from
from webhooks.findings import Check, examine_settings

NOW = 1_800_000_000.0
"""In January 2027."""

STRIPE = '[sources.stripe]\nprovider = "stripe"\n'
GOOD = STRIPE + 'secrets = ["whsec_fake"]\n'
EXPIRED = '{ secret = "whsec_old", not_after = 2026-01-31 }'


def findings(toml: str) -> list[Check]:
    return examine_settings(settings_from(toml), now=NOW)


@pytest.mark.parametrize(
    "toml",
    [
        GOOD,
        GOOD + '[flower]\nhost = "0.0.0.0"\nbasic_auth = "user:fake-password"',
        GOOD + "[retention]\nkey = '60d'",
        GOOD + "[worker]\nhandlers = ['workers.sample']\nlease = 5\nsweep_interval = 5",
        GOOD + "[retry]\nattempts = 1\nfirst = 10\nlongest = 5",
    ],
)
def test_what_works_is_no_finding(toml: str) -> None:
    assert findings(toml) == []


@pytest.mark.parametrize(
    ("toml", "name", "value", "cure"),
    [
        (
            GOOD + '[flower]\nhost = "::"',
            "flower",
            "on :: without a password: it does not start",
            "set HOOKLINE_FLOWER_BASIC_AUTH=user:password",
        ),
        (
            STRIPE + f"secrets = [{EXPIRED}]",
            "secrets of stripe",
            "none holds now: number 1 expired on 2026-01-31",
            "every delivery is refused",
        ),
        (
            STRIPE + 'secrets = [{ secret = "whsec_new", not_before = 2030-01-01 }]',
            "secrets of stripe",
            "none holds now: each begins later",
            "correct its dates",
        ),
        (
            GOOD + "[worker]\nhandlers = ['handlers.py']",
            "handlers handlers.py",
            "names a file, not a module",
            "write handlers in worker.handlers",
        ),
        (
            GOOD + "[worker]\nhandlers = ['./app/handlers.py']",
            "handlers ./app/handlers.py",
            "names a file, not a module",
            "write app.handlers in worker.handlers",
        ),
        (
            GOOD + "[worker]\nhandlers = ['no_such_module']",
            "handlers no_such_module",
            "cannot be imported: ModuleNotFoundError: No module named 'no_such_module'",
            "modules are looked for in this directory",
        ),
        (
            GOOD + '[spool]\ndirectory = "/dev/null"',
            "spool directory",
            "/dev/null is no directory",
            "correct spool.directory",
        ),
    ],
)
def test_what_cannot_work_is_a_fault_with_its_value_and_its_cure(
    toml: str, name: str, value: str, cure: str
) -> None:
    (found,) = findings(toml)
    assert (found.name, found.value, found.ok) == (name, value, False)
    assert cure in found.cure


@pytest.mark.parametrize(
    ("toml", "name", "value", "cure"),
    [
        (
            STRIPE + f'secrets = ["whsec_fake", {EXPIRED}]',
            "secrets of stripe",
            "number 2 expired on 2026-01-31",
            "remove it from the configuration",
        ),
        (
            GOOD + '[spool]\ndirectory = "/no/such/directory"',
            "spool directory",
            "/no/such/directory is not there",
            "a receiver makes it when it starts",
        ),
        (
            GOOD + "[worker]\nlease = 5\nsweep_interval = 10",
            "worker.sweep_interval",
            "10 s, longer than worker.lease (5 s)",
            "make it shorter than the lease",
        ),
        (
            '[sources.twilio]\nprovider = "twilio"\nsecrets = ["fake"]',
            "public_url of twilio",
            "not set, and Twilio signs the URL that it calls",
            "set it to that URL",
        ),
        (
            GOOD + "[retry]\nfirst = '1h'\nlongest = '5m'",
            "retry of stripe",
            "first is 3600 s, longer than longest (300 s)",
            "make first shorter",
        ),
        (
            GOOD + "[retention]\nkey = '1d'",
            "retention.key",
            "1 day, but ids of stripe are kept for 30 days",
            "Stripe can send an event again for so long",
        ),
    ],
)
def test_what_works_otherwise_than_it_reads_is_a_warning(toml: str, name: str, value: str, cure: str) -> None:
    (found,) = findings(toml)
    assert (found.name, found.value, found.ok, found.warning) == (name, value, True, True)
    assert cure in found.cure


@pytest.mark.parametrize(
    ("text", "failure"),
    [
        ("import nothing_of_that_name", "ModuleNotFoundError: No module named 'nothing_of_that_name'"),
        ("def (", "SyntaxError: invalid syntax"),
        ("raise RuntimeError('no database')", "RuntimeError: no database"),
        ("import sys; sys.exit(3)", "it ends Python with status 3"),
    ],
)
def test_a_module_that_fails_is_named_with_its_error_and_not_imported_here(
    tmp_path: Path, text: str, failure: str
) -> None:
    (tmp_path / "shop.py").write_text(f"print('imported')\n{text}\n")
    with chdir(tmp_path):
        (found,) = findings(GOOD + "[worker]\nhandlers = ['shop']")
    assert found.value == f"cannot be imported: {failure}"


def test_a_secret_is_in_no_finding() -> None:
    found = findings(STRIPE + f"secrets = [{EXPIRED}]\n[flower]\nhost = '::'")
    assert "whsec" not in repr(found)
