"""The command line in this very process, which is fast; `send` and `up` are run as users run them."""

from __future__ import annotations

import os
import subprocess
from contextlib import chdir
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.support.processes import Installation
from tests.support.servers import StoreServer
from webhooks.cli import main
from webhooks.store.connection import RedisConnection


class Console(Installation):
    """An installation whose commands run in this process."""

    def cli(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        absent = {name: None for name in os.environ if name not in self.environ}
        with chdir(self.folder):
            done = CliRunner().invoke(
                main, arguments, env={**absent, **self.environ}, prog_name="hookline", catch_exceptions=False
            )
        found = subprocess.CompletedProcess(arguments, done.exit_code, done.stdout, done.stderr)
        if check:
            found.check_returncode()
        return found


@pytest.fixture
def console(tmp_path: Path, store_server: StoreServer, connection: RedisConnection) -> Console:
    """A folder with a configuration, on the shared store, which is empty."""
    return Console(tmp_path, store_server.url)
