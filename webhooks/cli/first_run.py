"""A Hookline without any configuration: a source with a secret of its own, ready to be tried."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from webhooks.config.environment import own_variables
from webhooks.providers.timed_digest import STRIPE

SAMPLE_HANDLERS = "workers.sample"

_CONFIG = """\
# Written by `hookline up`, because there is no hookline.toml. Make one to take over:
# hookline.example.toml shows every key.
[sources.{source}]
provider = "{source}"
secrets = ["file:{secret}"]

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
    config.write_text(
        _CONFIG.format(
            source=source,
            secret=(data / f"{source}.secret").resolve(),
            handlers="handlers" if handlers else SAMPLE_HANDLERS,
        ),
        encoding="utf-8",
    )
    return FirstRun(
        environ={"HOOKLINE_CONFIG": str(config.resolve())},
        source=source,
        secret=secret,
        handlers="handlers.py"
        if handlers
        else "one that logs each event; write handlers.py here for your own",
    )


def _secret(path: Path) -> str:
    """Return the secret kept in `path`, made at the first run."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(STRIPE.secret_prefix + secrets.token_urlsafe(24), encoding="utf-8")
    return path.read_text(encoding="utf-8")
