"""A Valkey, a receiver and workers as production runs them, started again when they end."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.chaos import ledger, points, power, resting
from tests.chaos.environment import PLAIN_WEB, PLAIN_WORKER, ROOT, WEB, WORKER, variables
from tests.chaos.faults import Faults
from tests.chaos.proxy import Proxy
from tests.support.processes import Process, status_of, without_coverage
from tests.support.servers import StoreServer, free_port
from tests.support.waiting import until
from webhooks.errors import Unavailable
from webhooks.lifecycle import State
from webhooks.spool.file import look
from webhooks.store.connection import RedisConnection
from webhooks.store.listing import Counts, count

UNFINISHED = (State.QUEUED, State.RUNNING, State.WAITING)


def mount(folder: Path, size: str) -> None:
    """Put a small file system of memory at a folder; needs root."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], check=True)


class Stage:
    """The processes of one experiment; what ends is started again until it is taken off."""

    def __init__(  # noqa: PLR0913 - all that a stage may be made of
        self,
        *,
        workers: int = 2,
        spool: bool = True,
        handlers: str = "tests.chaos.handlers",
        fsync: str = "always",
        small_disk: str = "",
        plain: bool = False,
        synced: bool = False,
        proxied: bool = False,
        failing_spool: bool = False,
        orphans: bool = False,
        **environ: str,
    ) -> None:
        """Prepare.

        Args:
            workers: how many.
            spool: whether the receiver has one.
            handlers: the module of the workers' handlers.
            fsync: the store's `appendfsync`.
            small_disk: size of a disk of its own for the store, for example `24m`; needs root.
            plain: whether to run what is usually written instead of Hookline.
            synced: whether it is written down what the store has synced, for `power.lose`.
            proxied: whether the fault proxy stands between all processes and the store.
            failing_spool: whether the spool's disk fails while `disk_flag` exists; see `power.failing`.
            orphans: whether what a process leaves behind lives on when it ends.
            environ: for every process besides what the laboratory sets.
        """
        self.folder = Path(tempfile.mkdtemp(prefix="hookline-chaos-"))
        self.port = free_port()
        self.server = StoreServer(self._made("store"))
        self._mounted = bool(small_disk)
        if small_disk:
            mount(self.server.folder, small_disk)
        if synced:
            shim = power.build(self.folder)
            self.server.environ = {**os.environ, "LD_PRELOAD": str(shim)}
        self._options = ("--appendfsync", fsync)
        self.ledger = self.folder / "ledger"
        self.point = self.folder / "point"
        self.spool = self.folder / "spool"
        self.plain = plain
        self.disk_flag = self.folder / "disk-flag"
        self._proxy = Proxy(self.server.port) if proxied else None
        self._workers = workers
        self._orphans = orphans
        self._groups: set[int] = set()
        self._environ = variables(
            self.folder,
            store_url=self.server.url if self._proxy is None else f"redis://127.0.0.1:{self._proxy.port}/0",
            port=self.port,
            handlers=handlers,
            spool=self.spool if spool else None,
        )
        self._environ |= {ledger.VARIABLE: str(self.ledger), points.VARIABLE: str(self.point), **environ}
        if failing_spool:
            self._environ |= power.failing(power.build(self.folder), self.spool, self.disk_flag)
        self._commands: dict[str, tuple[list[str], Mapping[str, str]]] = {}
        self.processes: dict[str, Process] = {}
        self.ended: dict[str, int] = {}
        """How often each process ended and was started again."""
        self.faults = Faults()
        self._watching = threading.Event()
        self._lock = threading.RLock()
        self._watch = threading.Thread(target=self._supervise, daemon=True)

    def __enter__(self) -> Self:
        """Start everything and wait until it works."""
        try:
            self.restart_store()
            self.add("web", PLAIN_WEB if self.plain else WEB)
            for number in range(self._workers):
                self.add_worker(f"worker-{number}")
            self._watch.start()
            if self._workers:
                until(self._works, within=60, what="a worker is there")
            until(self._answers, within=60, what="the receiver answers")
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop everything and remove the folder."""
        self.close()

    def close(self) -> None:
        """Stop every process and leave nothing behind."""
        self._watching.set()
        if self._watch.is_alive():
            self._watch.join()
        for group in self._groups:
            with suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)
        for process in self.processes.values():
            process.popen.wait()
        with suppress(ProcessLookupError):
            self.server.stop()
        if self._proxy is not None:
            self._proxy.close()
        if self._mounted:
            subprocess.run(["umount", "--lazy", str(self.server.folder)], check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def proxy(self) -> Proxy:
        """The fault proxy of a stage that was made with one."""
        assert self._proxy is not None
        return self._proxy

    def restart_store(self) -> None:
        """Start the store, also when it ended by itself."""
        self.server.start(*self._options)

    def add(self, name: str, command: list[str], **environ: str) -> None:
        """Start a process and keep it running."""
        with self._lock:
            self._commands[name] = (command, environ)
            self.ended.setdefault(name, 0)
            self._start(name)

    def add_worker(self, name: str, **environ: str) -> None:
        """Start a worker and keep it running."""
        self.add(name, PLAIN_WORKER if self.plain else WORKER, **environ)

    def remove(self, name: str) -> Process:
        """Keep a process running no more; it is not stopped."""
        with self._lock:
            del self._commands[name]
            return self.processes[name]

    def kill(self, name: str, *, restart: bool = True) -> None:
        """Kill a process with its children, as a machine that vanishes does."""
        with self._lock:
            process = self.processes[name] if restart else self.remove(name)
            with self.faults.during({process.popen.pid}), suppress(ProcessLookupError):
                process.kill_group()

    def signal(self, name: str, number: int) -> Process:
        """Send a signal to a process; return it, since another may take its place."""
        with self._lock:
            process = self.processes[name]
            process.signal(number)
            return process

    def connect(self) -> RedisConnection:
        """Return a way to the store that waits for nothing long."""
        return RedisConnection(self.server.url, timeout=5.0)

    def counts(self) -> Counts | None:
        """Return the store's own numbers; None while it is away."""
        connection = self.connect()
        try:
            return count(connection)
        except Unavailable:
            return None
        finally:
            connection.close()

    def rest(self) -> float:
        """Wait until nothing waits or runs; return the seconds that took.

        Raises:
            AssertionError: it does not come to rest.
        """
        return resting.rest(self._messages_left if self.plain else self._events_left, what="events are")

    def drained(self) -> float:
        """Wait until the spool is empty; return the seconds that took.

        Raises:
            AssertionError: it does not empty.
        """
        return resting.rest(lambda: look(self.spool).records, what="spooled events are")

    def effects(self) -> int:
        """Return how many effects the ledger holds."""
        if not self.ledger.exists():
            return 0
        with self.ledger.open("rb") as lines:
            return sum(chunk.count(b"\n") for chunk in iter(lambda: lines.read(1 << 20), b""))

    def logs(self, name: str) -> list[Path]:
        """Return the logs of the processes whose name begins like this."""
        return list(self.folder.glob(f"{name}*.log"))

    def _events_left(self) -> int:
        counts = self.counts()
        return sys.maxsize if counts is None else sum(counts.states[state] for state in UNFINISHED)

    def _messages_left(self) -> int:
        connection = self.connect()
        return int(connection.execute("LLEN", "celery")) + int(connection.execute("HLEN", "unacked"))

    def _works(self) -> bool:
        if self.plain:
            return any(" ready." in log.read_text(errors="replace") for log in self.logs("worker"))
        return bool(self.connect().execute("ZCARD", "hookline:workers"))

    def environ(self) -> dict[str, str]:
        """Return the environment of a process on this stage."""
        whole = without_coverage({**os.environ, **self._environ})
        return {name: value for name, value in whole.items() if not name.startswith("HOOKLINE_TEST")}

    def arm(self, point: str) -> None:
        """Let the next process that comes to a point die there."""
        points.arm(self.point, point)

    def armed(self) -> bool:
        """Whether nobody has come to the armed point yet."""
        return self.point.exists()

    def taken(self) -> set[int]:
        """Return the processes that have come to an armed point."""
        return points.taken(self.point)

    def _start(self, name: str) -> None:
        command, environ = self._commands[name]
        whole = {**self.environ(), **environ}
        self.processes[name] = Process(
            name, command, folder=ROOT, environ=whole, log=self.folder / f"{name}.log"
        )
        self._groups.add(self.processes[name].popen.pid)

    def _supervise(self) -> None:
        looked = time.monotonic()
        while not self._watching.wait(0.05):
            with self._lock:
                for name in self._commands:
                    if self.processes[name].popen.poll() is not None:
                        if not self._orphans:
                            self._end_children(self.processes[name].popen.pid, looked)
                        self.ended[name] += 1
                        self._start(name)
            looked = time.monotonic()

    def _end_children(self, group: int, since: float) -> None:
        """End what a process left behind, as a machine's supervisor does."""
        with suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)
        self.faults.note(since, {group})

    def _answers(self) -> bool:
        return status_of(f"http://127.0.0.1:{self.port}/livez") == 200

    def _made(self, name: str) -> Path:
        folder = self.folder / name
        folder.mkdir()
        return folder
