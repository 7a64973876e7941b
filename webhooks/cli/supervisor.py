"""Running the `Procfile`'s processes on this machine: started, watched, started again."""

from __future__ import annotations

import ctypes
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from webhooks.errors import HooklineError

_LINE = re.compile(r"^([A-Za-z0-9_-]+):\s*(.+)$")
_COLOURS = ("36", "33", "35", "32")
STEADY = 10.0
"""Seconds after which a process counts as started; one that ends earlier is waited for longer."""

TRIES = 3
"""Starts in a row that may end early before all is stopped."""

_PR_SET_PDEATHSIG = 1


class ProcessFailed(HooklineError):
    """A process ended again and again right after its start."""


@dataclass(slots=True)
class _Child:
    name: str
    command: str
    colour: str
    process: subprocess.Popen[str] | None = None
    started: float = 0.0
    early: int = 0
    again_at: float = 0.0
    pumps: list[threading.Thread] = field(default_factory=list)


def read_procfile(path: Path) -> dict[str, str]:
    """Return the commands of a Procfile by process name, in its order."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return {match[1]: match[2] for match in map(_LINE.match, lines) if match}


class Supervisor:
    """Keeps processes running until `stop`."""

    def __init__(self, commands: Mapping[str, str], environ: Mapping[str, str], *, log: Path) -> None:
        """Run `commands` with `environ`; what they write goes to this terminal and to `log`."""
        self._children = [
            _Child(name=name, command=command, colour=_COLOURS[position % len(_COLOURS)])
            for position, (name, command) in enumerate(commands.items())
        ]
        self._environ = dict(environ)
        self._width = max(map(len, commands))
        self._log = log.open("a", encoding="utf-8")
        self._lock = threading.Lock()
        self._stopping = False

    def start(self) -> None:
        """Start every process."""
        for child in self._children:
            self._spawn(child)

    def watch(self) -> None:
        """Start again what has ended; call it a few times a second.

        Raises:
            ProcessFailed: a process does not stay up.
        """
        now = time.monotonic()
        for child in self._children:
            if child.process is None:
                if now >= child.again_at:
                    self._spawn(child)
            elif (status := child.process.poll()) is not None:
                self._ended(child, status, now)

    def stop(self, *, patience: float) -> None:
        """Stop every process; kill what has not ended after `patience` seconds."""
        self._stopping = True
        for child in self._children:
            if child.process is not None and child.process.poll() is None:
                child.process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + patience
        for child in self._children:
            if child.process is not None:
                self._await(child.process, deadline)
            for pump in child.pumps:
                pump.join(timeout=1.0)
        self._log.close()

    def say(self, name: str, text: str, colour: str = "90") -> None:
        """Write one line under a process's name."""
        label = f"{name:<{self._width}} | "
        with self._lock:
            if not self._log.closed:
                self._log.write(f"{label}{text}\n")
                self._log.flush()
            if sys.stdout.isatty():
                label = f"\x1b[{colour}m{label}\x1b[0m"
            sys.stdout.write(f"{label}{text}\n")
            sys.stdout.flush()

    def _spawn(self, child: _Child) -> None:
        child.process = subprocess.Popen(  # noqa: S603 - the Procfile's own commands, no shell
            shlex.split(child.command),
            env=self._environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            # A group of its own: a terminal's Ctrl-C reaches us alone, and we stop it in order.
            start_new_session=True,
            preexec_fn=_die_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509 - one system call
        )
        child.started = time.monotonic()
        pump = threading.Thread(target=self._pump, args=(child, child.process), daemon=True)
        pump.start()
        child.pumps[:] = [pump]

    def _ended(self, child: _Child, status: int, now: float) -> None:
        child.process = None
        child.early = child.early + 1 if now - child.started < STEADY else 0
        if child.early >= TRIES:
            msg = (
                f"{child.name} ended {TRIES} times after its start (status {status}): its lines above say why"
            )
            raise ProcessFailed(msg)
        child.again_at = now + child.early
        self.say("system", f"{child.name} ended (status {status}) and is started again")

    def _pump(self, child: _Child, process: subprocess.Popen[str]) -> None:
        if process.stdout is not None:
            for line in process.stdout:
                self.say(child.name, line.rstrip("\n"), child.colour)

    def _await(self, process: subprocess.Popen[str], deadline: float) -> None:
        try:
            process.wait(timeout=max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _prepare_death() -> Callable[[], None]:
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None

    def die_with_parent() -> None:
        if libc is not None:
            libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)

    return die_with_parent


_die_with_parent = _prepare_death()
