"""Settings from a few lines of TOML and an environment of the test's own."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from webhooks.config import Settings, load_settings
from webhooks.errors import Misconfigured


def settings_from(toml: str = "", /, *, secrets: bool = True, **environ: str) -> Settings:
    """Read `toml` with nothing in the environment but `environ`."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "hookline.toml"
        path.write_text(toml, encoding="utf-8")
        return load_settings({"HOOKLINE_CONFIG": str(path), **environ}, secrets=secrets)


def faults_of(toml: str = "", /, *, secrets: bool = True, **environ: str) -> tuple[str, ...]:
    """Return what is wrong with `toml`, of which something must be."""
    with pytest.raises(Misconfigured) as caught:
        settings_from(toml, secrets=secrets, **environ)
    return caught.value.faults


def fault_of(toml: str = "", /, *, secrets: bool = True, **environ: str) -> str:
    """Return the one thing that is wrong."""
    (fault,) = faults_of(toml, secrets=secrets, **environ)
    return fault
