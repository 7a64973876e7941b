"""What ends, hangs, starves or shames the process that runs it. Nothing is registered here."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import MappingProxyType


class Stubborn(Exception):
    """Cannot be pickled, and has no text."""

    def __init__(self) -> None:
        """Hold what no pickle takes."""
        super().__init__(lambda: None)

    def __str__(self) -> str:
        """Fail, as a careless one does."""
        raise ValueError


def _starve() -> None:
    held = []
    while True:
        held.append(bytearray(16 * 2**20))


def _hang_deaf() -> None:
    while True:
        with suppress(BaseException):
            time.sleep(1.0)


def _shame() -> None:
    raise Stubborn


def _kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _freeze() -> None:
    # The lease keeper is a thread of this process and freezes with it.
    os.kill(os.getpid(), signal.SIGSTOP)


def _interrupt() -> None:
    raise KeyboardInterrupt


POISON: Mapping[str, Callable[[], object]] = MappingProxyType(
    {
        "exit": lambda: os._exit(3),
        "sys_exit": lambda: sys.exit("no more"),
        "kill": _kill,
        "segfault": lambda: ctypes.string_at(0),
        "starve": _starve,
        "hang": lambda: time.sleep(10**6),
        "hang_deaf": _hang_deaf,
        "freeze": _freeze,
        "unpicklable": _shame,
        "interrupt": _interrupt,
        "deep": lambda: json.loads("[" * 100_000),
    }
)
"""What each kind of poison does to its handler."""
