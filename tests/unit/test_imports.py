"""What imports what: the arrows point down, and the core reaches no library that does I/O."""

from __future__ import annotations

import json
import tomllib
from typing import Any

import pytest

from tests.support.python import ROOT, output_of, run_python

PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CONTRACTS: dict[str, dict[str, Any]] = {
    contract["name"]: contract for contract in PROJECT["tool"]["importlinter"]["contracts"]
}
CORE = CONTRACTS["the core does no I/O, not even indirectly"]

IMPORTED = """
import importlib, json, sys
for name in {modules!r}:
    importlib.import_module(name)
print(json.dumps(sorted({{name.partition(".")[0] for name in sys.modules}})))
"""


def imported_by(*modules: str) -> set[str]:
    """Return the top-level packages that a fresh process has loaded after importing `modules`."""
    return set(json.loads(output_of(IMPORTED.format(modules=modules))))


def test_every_contract_of_the_imports_is_kept() -> None:
    # In a process of its own: the linter disables the loggers of the process that it runs in.
    done = run_python(
        "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_receiver_starts_without_celery() -> None:
    loaded = imported_by("webhooks.app")
    assert "flask" in loaded
    assert not loaded & {"celery", "kombu", "billiard", "workers"}


@pytest.mark.parametrize("module", CORE["source_modules"])
def test_a_module_of_the_core_loads_nothing_that_does_io(module: str) -> None:
    assert not imported_by(module) & set(CORE["forbidden_modules"])


@pytest.mark.parametrize("verb", ["check", "events", "replay", "discard"])
def test_a_command_starts_fast_without_celery_or_flask(verb: str) -> None:
    assert not imported_by(f"webhooks.cli.{verb}") & {"celery", "kombu", "flask", "sentry_sdk"}


def test_the_receiver_loads_sentry_only_when_there_is_a_dsn() -> None:
    assert "sentry_sdk" not in imported_by("webhooks.app", "workers.processing")


@pytest.mark.parametrize("package", ["webhooks", "workers"])
def test_a_package_says_that_it_is_typed(package: str) -> None:
    assert (ROOT / package / "py.typed").exists()
