"""What Hookline's processes weigh, and how soon a receiver answers after its start."""

from __future__ import annotations

import http.client
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from itertools import accumulate
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import steady
from benchmarks.catalog import environ
from benchmarks.deliveries import Deliveries
from benchmarks.store import store_server
from tests.support.processes import PROCFILE, Process
from tests.support.servers import free_port
from tests.support.waiting import until
from webhooks.lifecycle import State
from webhooks.store.listing import Filter, list_ids

STEPS = 2
"""Of the measurement, for a progress bar."""

STARTS = 15
"""Starts, and runs of each import; of an import the fastest counts: what else runs only adds to it."""

EVENTS = 1000
"""Events that are received and handled before the memory is looked at."""

RATE = 200.0
"""Of these a second."""

POOL = 2
"""Pool processes of the worker."""

_PAUSE = 0.001
"""Seconds between two tries to be answered."""

_ROOT = Path(__file__).parents[1]
_IMPORTS: Mapping[str, str] = {
    "Python": "",
    "Flask": "import flask",
    "gunicorn": "import gunicorn.arbiter, gunicorn.app.wsgiapp, gunicorn.workers.base",
    "uvloop, greenlet, hiredis, redis": "import uvloop, greenlet, hiredis, redis",
    "Prometheus' client": "import prometheus_client, prometheus_client.multiprocess",
    "Hookline": "import webhooks.server, webhooks.wsgi",
}
"""What a web process imports, in an order in which each part adds its own."""

_WEIGH = """
def unique():
    text = open("/proc/self/smaps_rollup").read()
    return sum(int(text.split(name + ":")[1].split()[0]) for name in ("Private_Clean", "Private_Dirty"))
print(unique() * 1024)
"""


class Scene:
    """A store, and the processes of an installation over it."""

    def __init__(self) -> None:
        """Start the store alone."""
        self.folder = Path(tempfile.mkdtemp(prefix="hookline-bench-"))
        (self.folder / "store").mkdir()
        (self.folder / "handlers.py").write_text(
            "from workers import on\n\n\n@on('*', '*')\ndef nothing(event):\n    pass\n", encoding="utf-8"
        )
        self.port = free_port()
        self.server = store_server(self.folder / "store")
        self.server.start()
        self.environ = {
            **os.environ,
            **environ(self.folder, self.port, self.server.url),
            "HOOKLINE_WORKER_HANDLERS": "handlers",
            "HOOKLINE_WORKER_PROCESSES": str(POOL),
            "PYTHONPATH": str(_ROOT),
        }
        self._started: list[Process] = []

    def start(self, name: str, *, core: int | None = None) -> Process:
        """Start a process of the Procfile, on a core of its own where one is given."""
        log = self.folder / f"{name}-{len(self._started)}.log"
        command = [*([] if core is None else ["taskset", "--cpu-list", str(core)]), *PROCFILE[name]]
        made = Process(name, command, folder=self.folder, environ=self.environ, log=log)
        self._started.append(made)
        return made

    def close(self) -> None:
        """End everything, and remove what was written."""
        for process in self._started:
            process.stop()
        self.server.stop()
        shutil.rmtree(self.folder)


def measure(*, core: int, tell: Callable[[], object]) -> dict[str, Any]:
    """Return what the processes weigh in bytes, and what a start takes in seconds, with their parts.

    Args:
        core: the receiver's while it starts; who asks for the answer, again and again, is on another.
        tell: called after each step.
    """
    scene = Scene()
    try:
        processes = _weigh(scene)
        tell()
        starts = [_start(scene, core) for _ in range(STARTS)]
        parts = _parts(scene.environ)
        tell()
    finally:
        scene.close()
    return {
        "events": EVENTS,
        "starts": STARTS,
        "pool": POOL,
        "processes": processes,
        "first_answer": min(starts),
        "median_answer": median(starts),
        "parts": parts,
    }


def _weigh(scene: Scene) -> list[dict[str, Any]]:
    """Return each process with its memory, after it has done some work."""
    web, worker = scene.start("web"), scene.start("worker")
    until(lambda: _answers(scene.port) and "ready." in worker.output, what="both are ready")
    requests = list(Deliveries().make(EVENTS))
    seen = steady.send(scene.port, requests, rate=RATE, connections=50)
    assert len(seen.acknowledged) == EVENTS, seen.refused
    store = scene.server.connect()
    done = Filter(state=State.SUCCEEDED)
    until(lambda: len(set(list_ids(store, done))) == EVENTS, what="all are handled")
    store.close()
    (serving,) = web.children()
    pool = worker.children()[:POOL]
    found = [
        _memory("receiver: gunicorn's arbiter", web.popen.pid),
        _memory("receiver: web process", serving),
        _memory("worker: parent", worker.popen.pid),
        *(_memory("worker: pool process", pid) for pid in pool),
    ]
    web.stop()
    worker.stop()
    return found


def _memory(title: str, pid: int) -> dict[str, Any]:
    text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")

    def size(name: str) -> int:
        return int(text.split(f"\n{name}:")[1].split()[0]) * 1024

    return {
        "title": title,
        "unique": size("Private_Clean") + size("Private_Dirty"),
        "proportional": size("Pss"),
        "resident": size("Rss"),
    }


def _start(scene: Scene, core: int) -> float:
    """Return the seconds from the start of a receiver to its first answer."""
    begun = time.perf_counter()
    web = scene.start("web", core=core)
    while not _answers(scene.port):
        if web.popen.poll() is not None:
            raise AssertionError(web.output)
        time.sleep(_PAUSE)
    taken = time.perf_counter() - begun
    web.stop()
    return taken


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/livez")
        return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()


def _parts(environ: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return what each import adds, in a process of its own that imports what is before it too."""
    # As in a web process, which looks for no garbage before it serves.
    codes = list(accumulate(_IMPORTS.values(), "{}\n{}".format, initial="import gc; gc.disable()"))[1:]
    # In turns: a moment in which the machine is slow then meets all of them.
    turns = [[_run(code, environ) for code in codes] for _ in range(STARTS)]
    found, memory, seconds = [], 0.0, 0.0
    for title, runs in zip(_IMPORTS, zip(*turns, strict=True), strict=True):
        all_memory, all_seconds = median(run[0] for run in runs), min(run[1] for run in runs)
        found.append({"title": title, "unique": all_memory - memory, "seconds": all_seconds - seconds})
        memory, seconds = all_memory, all_seconds
    return found


def _run(code: str, environ: Mapping[str, str]) -> tuple[int, float]:
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", code + _WEIGH], env=environ, capture_output=True, text=True, check=True
    )
    return int(done.stdout), time.perf_counter() - begun
