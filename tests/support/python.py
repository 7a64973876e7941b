"""Running a few lines in a fresh interpreter, for what depends on a whole process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def run_python(code: str, *, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `code` in the project's folder, with no `HOOKLINE_` variable but the given ones."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("HOOKLINE_")}
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=inherited | environment,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def output_of(code: str, *, stdin: str = "", **environment: str) -> str:
    """Run `code` and return what it printed; fail with what it complained about."""
    done = run_python(code, stdin=stdin, **environment)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
