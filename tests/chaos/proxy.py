"""A proxy before Redis whose network can be broken while it runs."""

from __future__ import annotations

import subprocess
import sys
from enum import StrEnum
from pathlib import Path

ROOT = Path(__file__).parents[2]


class Mode(StrEnum):
    """What the network does."""

    PASS = "pass"
    SLOW = "slow"
    """Each reply comes late."""
    SLICE = "slice"
    """Replies come in pieces of a few bytes."""
    HOLE = "hole"
    """Connections are taken and nothing is ever answered."""
    REFUSE = "refuse"
    """Nobody listens, and what was connected is reset."""
    RESET = "reset"
    """Each connection is reset in the middle of its next command."""
    DROP = "drop"
    """A script reaches Redis and is run, its reply is dropped, and the connection reset."""


class Proxy:
    """A process that listens on a port of its own and passes to a server.

    It shares no interpreter with the load: waiting for it would be taken for Redis being slow.
    """

    def __init__(self, target: int | Path, *, delay: float = 0.5) -> None:
        """Stand before the server on a port of loopback or on a Unix socket; `delay` is in seconds."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.wire", str(target), str(delay)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.port = int(self._heard())

    def set(self, mode: Mode) -> None:
        """Change what the network does, for the connections there are as well."""
        self._tell(f"set {mode}")

    def lead_to(self, target: int | Path) -> None:
        """Pass to another server from now on, and reset what is connected to the one before."""
        self._tell(f"lead {target}")

    def move_to(self, target: int | Path) -> None:
        """Pass new connections to another server, as a name does that has moved; those there are stay."""
        self._tell(f"move {target}")

    @property
    def dropped(self) -> int:
        """How many scripts were run whose replies never came."""
        return int(self._tell("dropped -"))

    def close(self) -> None:
        """End, and reset what is connected."""
        self._process.communicate()

    def _tell(self, order: str) -> str:
        assert self._process.stdin is not None
        self._process.stdin.write(order + "\n")
        self._process.stdin.flush()
        return self._heard()

    def _heard(self) -> str:
        assert self._process.stdout is not None
        answer = self._process.stdout.readline()
        assert answer, "the proxy has ended"
        return answer
