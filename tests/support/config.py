"""Settings from a few lines of TOML and an environment of the test's own."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

from webhooks.config import Settings, load_settings
from webhooks.errors import Misconfigured

Environ = Mapping[str, str]
NONE: Environ = MappingProxyType({})


def settings_from(
    toml: str = "", environ: Environ = NONE, /, *, secrets: bool = True, **more: str
) -> Settings:
    """Read `toml` with nothing in the environment but `environ` and `more`."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "hookline.toml"
        path.write_text(toml, encoding="utf-8")
        return load_settings({"HOOKLINE_CONFIG": str(path), **environ, **more}, secrets=secrets)


def faults_of(
    toml: str = "", environ: Environ = NONE, /, *, secrets: bool = True, **more: str
) -> tuple[str, ...]:
    """Return what is wrong with `toml`, of which something must be."""
    with pytest.raises(Misconfigured) as caught:
        settings_from(toml, environ, secrets=secrets, **more)
    return caught.value.faults


def fault_of(toml: str = "", environ: Environ = NONE, /, *, secrets: bool = True, **more: str) -> str:
    """Return the one thing that is wrong."""
    (fault,) = faults_of(toml, environ, secrets=secrets, **more)
    return fault
