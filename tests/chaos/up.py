"""A stage that `hookline up` itself sets: its supervisor, its embedded store, its three processes."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import Self

from tests.chaos.stage import Stage
from tests.support.processes import BIN
from tests.support.servers import free_port
from tests.support.waiting import until
from webhooks.errors import Unavailable
from webhooks.store.connection import RedisConnection

PATIENCE = 30.0
"""Seconds that `hookline up` has to stop everything."""

COMMANDS: Mapping[str, str] = MappingProxyType(
    {"web": "webhooks.under_gunicorn", "worker": "-m workers ", "flower": "workers.flower", "store": "valkey"}
)
"""What the command line of each process of `hookline up` has, and no other's."""


class UpStage(Stage):
    """`hookline up` under a supervisor that starts it again when it ends."""

    def __init__(self) -> None:
        """Prepare a directory for its data."""
        super().__init__(workers=0, orphans=True)
        self.data = self._made("data")
        self.spool = self.data / "spool"
        del self._environ["HOOKLINE_REDIS_URL"], self._environ["HOOKLINE_SPOOL_DIRECTORY"]

    def __enter__(self) -> Self:
        """Start it and wait until it works."""
        ports = ("--port", str(self.port), "--flower-port", str(free_port()))
        try:
            self.add("up", [str(BIN / "hookline"), "up", *ports, "--data", str(self.data)])
            self._watch.start()
            until(self.complete, what="everything runs")
            until(self._answers, what="the receiver answers")
        except BaseException:
            self.close()
            raise
        return self

    def close(self) -> None:
        """Stop `hookline up`, and end what a killed one has left behind."""
        if "up" in self._commands:
            up = self.remove("up")
            with suppress(subprocess.TimeoutExpired):
                up.stop(PATIENCE)
        for process in self._left():
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        super().close()

    def connect(self) -> RedisConnection:
        """Return a way to the embedded store."""
        return RedisConnection(f"unix://{self.data}/store/valkey.sock?db=0", timeout=5.0)

    def process(self, name: str) -> int | None:
        """Return one of the processes that `hookline up` has started, by its name; None while it is away."""
        with suppress(FileNotFoundError):
            for child in self.processes["up"].children():
                line = Path(f"/proc/{child}/cmdline").read_bytes().replace(b"\0", b" ").decode()
                if COMMANDS[name] in line:
                    return child
        return None

    def complete(self) -> bool:
        """Whether all four are there, and the worker has begun."""
        try:
            return all(map(self.process, COMMANDS)) and self._works()
        except Unavailable:
            return False

    def _left(self) -> list[int]:
        """Return every process whose environment names this stage's ledger."""
        mark = os.fsencode(self.ledger)
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if mark in (folder / "environ").read_bytes():
                    found.append(int(folder.name))
        return found
