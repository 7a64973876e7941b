"""A copy of the tree in which one file is changed, and the tests run against it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.mutants.mutant import ROOT, Mutant

LEFT_OUT = (
    ".git",
    ".venv*",
    ".*_cache",
    "__pycache__",
    ".hypothesis",
    ".coverage*",
    "node_modules",
    "*.egg-info",
)
LIMIT = 180.0
"""Seconds for the tests of one mutant: what takes longer hangs, and that is noticed too."""

LONGEST = 60.0
"""Seconds for one test, the same."""

FAILED = 1
"""What pytest ends with when tests ran and some failed; other numbers above 0 mean that it could not."""


class Verdict(StrEnum):
    """What became of a mutant."""

    NOTICED = "noticed"
    SURVIVED = "survived"
    HUNG = "noticed (time limit)"
    BROKEN = "the tests do not run"


@dataclass(frozen=True, slots=True)
class Ran:
    """What tests came to, in how many seconds, and the last lines they wrote."""

    verdict: Verdict
    seconds: float
    output: str


class Tree:
    """A copy of the tree, removed at the end."""

    def __enter__(self) -> Self:
        """Copy it."""
        self.folder = Path(tempfile.mkdtemp(prefix="hookline-mutants-"))
        shutil.copytree(ROOT, self.folder, ignore=shutil.ignore_patterns(*LEFT_OUT), dirs_exist_ok=True)
        # Tests run what is installed by its path in the tree.
        (self.folder / ".venv").symlink_to(Path(sys.prefix))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove it."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def judge(self, mutant: Mutant, *, limit: float = LIMIT) -> Ran:
        """Run a mutant's tests with the mutant in the tree, and take it out again.

        Raises:
            NotOnce: the mutant has no place in the source.
        """
        file, changed = mutant.changed(self.folder)
        text = file.read_text(encoding="utf-8")
        file.write_text(changed, encoding="utf-8")
        try:
            return self.run(mutant.tests, limit=limit)
        finally:
            file.write_text(text, encoding="utf-8")

    def run(self, tests: tuple[str, ...], *, limit: float) -> Ran:
        """Run tests against the tree as it is."""
        began = time.monotonic()
        command = [
            *(sys.executable, "-m", "pytest", "--exitfirst", "--quiet", "--no-header", "--no-cov"),
            *("-p", "no:cacheprovider", "-p", "no:xdist", f"--timeout={LONGEST:g}"),
            *tests,
        ]
        process = subprocess.Popen(
            command,
            cwd=self.folder,
            env=self._environ(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        try:
            output, _ = process.communicate(timeout=limit)
            verdict = _verdict(process.returncode)
        except subprocess.TimeoutExpired:
            verdict, output = Verdict.HUNG, ""
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        return Ran(verdict, time.monotonic() - began, "\n".join(output.splitlines()[-15:]))

    def _environ(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("COV", "PYTEST"))}
        # Before what is installed, which leads to the tree that was copied; and no stale bytecode.
        return kept | {"PYTHONPATH": str(self.folder), "PYTHONDONTWRITEBYTECODE": "1"}


def _verdict(status: int) -> Verdict:
    return {0: Verdict.SURVIVED, FAILED: Verdict.NOTICED}.get(status, Verdict.BROKEN)
