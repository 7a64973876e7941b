"""Running the receiver, a worker and Flower on this machine: started, watched, started again."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType

from webhooks.cli.backoff import Backoff
from webhooks.cli.lines import Lines

COMMANDS: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        "web": ("-m", "webhooks.under_gunicorn"),
        "worker": ("-m", "workers"),
        "flower": ("-m", "workers.flower"),
    }
)
"""The processes of the `Procfile`, each as arguments of this very Python."""

FLOWER = "flower"
LONGEST_LINE = 64 * 1024
"""Characters of a process's line that are passed on in one piece."""

_COLOURS = ("36", "33", "35")
_PR_SET_PDEATHSIG = 1


@dataclass(slots=True)
class _Child:
    name: str
    arguments: Sequence[str]
    colour: str
    process: subprocess.Popen[str] | None = None
    started: float = 0.0
    again_at: float = 0.0
    backoff: Backoff = field(default_factory=Backoff)
    pump: threading.Thread | None = None


class Supervisor:
    """Keeps processes running until `stop`, whatever one of them does: none ends another."""

    def __init__(
        self, environ: Mapping[str, str], lines: Lines, *, commands: Mapping[str, Sequence[str]] = COMMANDS
    ) -> None:
        """Run `commands` with `environ`; what they write goes to `lines`."""
        self._children = {
            name: _Child(name=name, arguments=arguments, colour=_COLOURS[position % len(_COLOURS)])
            for position, (name, arguments) in enumerate(commands.items())
        }
        self._environ = dict(environ)
        self._lines = lines

    def watch(self) -> None:
        """Start what does not run and has waited long enough; call it a few times a second."""
        now = time.monotonic()
        for child in self._children.values():
            if child.process is None:
                if now >= child.again_at:
                    self._start(child, now)
            elif (status := child.process.poll()) is not None:
                self._ended(child, f"status {status}", now)
            elif child.backoff.steady(now):
                self._lines.say(f"{child.name} runs again")

    def uptime(self, name: str) -> float:
        """Return the seconds for which a process has been running; 0 when it does not run."""
        child = self._children[name]
        return 0.0 if child.process is None else time.monotonic() - child.started

    def stop(self, *, patience: float) -> None:
        """Stop every process; kill what has not ended after `patience` seconds."""
        running = [child for child in self._children.values() if child.process is not None]
        for child in running:
            if child.process is not None and child.process.poll() is None:
                child.process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + patience
        for child in running:
            if child.process is not None:
                _await(child.process, deadline)
            if child.pump is not None:
                child.pump.join(timeout=1.0)

    def _start(self, child: _Child, now: float) -> None:
        child.started = now
        child.backoff.started(now)
        try:
            process = self._spawn(child)
        except OSError as error:
            self._ended(child, error.strerror or type(error).__name__, now)
            return
        child.process = process
        child.pump = threading.Thread(target=self._pass_on, args=(child, process), daemon=True)
        child.pump.start()

    def _spawn(self, child: _Child) -> subprocess.Popen[str]:
        return subprocess.Popen(  # noqa: S603 - our own modules, no shell
            # -P: what lies in the current directory is for the handlers, and hides no module of ours.
            [sys.executable, "-P", *child.arguments],
            env=self._environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            # A group of its own: a terminal's Ctrl-C reaches us alone, and we stop it in order.
            start_new_session=True,
            # Flower has nothing to end in order, and must not keep its port when we are killed.
            preexec_fn=_die_with_parent(  # noqa: PLW1509 - one system call
                signal.SIGKILL if child.name == FLOWER else signal.SIGTERM
            ),
        )

    def _ended(self, child: _Child, why: str, now: float) -> None:
        child.process = None
        wait = child.backoff.ended(now)
        child.again_at = now + wait
        text = f"{child.name} ended ({why}) and is started again"
        if wait:
            text += f" in {wait:g} s: it has ended {child.backoff.early} times in a row, see its lines above"
        self._lines.say(text)

    def _pass_on(self, child: _Child, process: subprocess.Popen[str]) -> None:
        if process.stdout is not None:
            with process.stdout as written:
                while line := written.readline(LONGEST_LINE):
                    self._lines.say(line.rstrip("\n"), name=child.name, colour=child.colour)


def _await(process: subprocess.Popen[str], deadline: float) -> None:
    try:
        process.wait(timeout=max(0.1, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def _die_with_parent(number: signal.Signals) -> Callable[[], None] | None:
    """Return what has the kernel send a signal to the child when this process ends; Linux has that."""
    if _libc is None:
        return None
    return partial(_libc.prctl, _PR_SET_PDEATHSIG, int(number))
