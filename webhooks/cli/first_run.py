"""A Hookline without any configuration: a source with a secret of its own, ready to be tried."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from webhooks.cli.running import in_environment
from webhooks.config.environment import own_variables
from webhooks.providers.timed_digest import STRIPE

SAMPLE_HANDLERS = "workers.sample"

_CONFIG = """\
# Written by `hookline up`, because there is no hookline.toml. Make one to take over:
# hookline.example.toml shows every key.
[sources.{source}]
provider = "{source}"
secrets = ["{secret}"]

[worker]
handlers = ["{handlers}"]
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstRun:
    """What was made because nothing was configured.

    Attributes:
        environ: what the processes need to find it; empty when the user has a configuration.
        source: the ready-made source, or an empty text.
        secret: its secret, or an empty text.
        handlers: a word on which handlers run.
    """

    environ: dict[str, str]
    source: str
    secret: str
    handlers: str


def prepare(data: Path) -> FirstRun:
    """Make a configuration under `data` unless there is one in the current directory or environment."""
    own = own_variables(os.environ)
    configured = "HOOKLINE_CONFIG" in own or Path("hookline.toml").exists()
    if configured or any(name.startswith("HOOKLINE_SOURCES_") for name in own):
        return FirstRun(environ={}, source="", secret="", handlers="as configured")
    source = STRIPE.name
    secret = _secret(data / f"{source}.secret")
    handlers = Path("handlers.py").exists()
    config = data / "hookline.toml"
    # The secret itself and not its file: a directory may have a name that no TOML text can say.
    text = _CONFIG.format(source=source, secret=secret, handlers="handlers" if handlers else SAMPLE_HANDLERS)
    _write(config, text)
    return FirstRun(
        environ={"HOOKLINE_CONFIG": in_environment(config)},
        source=source,
        secret=secret,
        handlers="handlers.py"
        if handlers
        else "one that logs each event; write handlers.py here for your own",
    )


def _secret(path: Path) -> str:
    """Return the secret kept in `path`, made at the first run."""
    if not path.exists():
        _write(path, STRIPE.secret_prefix + secrets.token_urlsafe(24))
    return path.read_text(encoding="utf-8")


def _write(path: Path, text: str) -> None:
    """Write a file of this user's alone, all of it or nothing."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    fresh.touch(mode=0o600)
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)
