"""Hookline's own processes, started as production starts them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import requests

from tests.support.servers import PATIENT, free_port
from tests.support.waiting import until

SECRET = "whsec_fake_for_tests"
BIN = Path(sys.executable).parent
FOREIGN = ("HOOKLINE_", "PYTHONUNBUFFERED")
"""What an environment must not change about the processes that are tested."""
PROCFILE = {
    "web": [str(BIN / "gunicorn"), "-c", "python:webhooks.server", "webhooks.wsgi:app"],
    "worker": [sys.executable, "-m", "workers"],
    "flower": [sys.executable, "-m", "workers.flower"],
}

CONFIG = f"""
[sources.stripe]
provider = "stripe"
secrets = ["{SECRET}"]

[sources.github]
provider = "github"
secrets = ["fake-github-secret"]

[sources.orders]
provider = "hmac"
secrets = ["fake-orders-secret"]
event_id = "header:X-Orders-Id"
event_type = "json:/type"

[sources.orders.signature]
header = "X-Orders-Signature"
prefix = "sha256="
signed = "{{timestamp}}.{{body}}"
timestamp_header = "X-Orders-Timestamp"
"""


def without_coverage(environ: Mapping[str, str]) -> dict[str, str]:
    """Return an environment in which nothing is traced: twice as fast, where other tests trace the same."""
    return {name: value for name, value in environ.items() if not name.startswith("COVERAGE_")}


def children_of(pid: int) -> list[int]:
    """The processes that a process has started; FileNotFoundError where it has gone."""
    found = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in found.read_text().split()]


class Process:
    """One process and what it wrote."""

    def __init__(
        self, name: str, command: list[str], *, folder: Path, environ: dict[str, str], log: Path
    ) -> None:
        self.name = name
        self._log = log
        with log.open("ab") as out:
            self.popen = subprocess.Popen(
                command,
                cwd=folder,
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def output(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")

    def children(self) -> list[int]:
        return children_of(self.popen.pid)

    def signal(self, number: int) -> None:
        self.popen.send_signal(number)

    def kill_group(self) -> None:
        """Kill the process and all its children, as a machine that vanishes does."""
        os.killpg(self.popen.pid, signal.SIGKILL)
        self.popen.wait()

    def stop(self, within: float = 30.0) -> int:
        if self.popen.poll() is None:
            self.popen.terminate()
        try:
            return self.popen.wait(timeout=within)
        except subprocess.TimeoutExpired:
            self.kill_group()
            raise


class Installation:
    """A folder with a configuration and handlers, and the processes that run from it."""

    def __init__(self, folder: Path, store_url: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.flower_port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.processes: list[Process] = []
        self._files = 0
        self.environ = {
            **{name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)},
            "HOOKLINE_CONFIG": str(folder / "hookline.toml"),
            "HOOKLINE_REDIS_URL": store_url,
            "HOOKLINE_WEB_PORT": str(self.port),
            "HOOKLINE_WEB_DRAIN": "0",
            # What a test sees of a process is then true of the receiver.
            "HOOKLINE_WEB_WORKERS": "1",
            "HOOKLINE_REDIS_TIMEOUT": str(PATIENT),
            "HOOKLINE_FLOWER_PORT": str(self.flower_port),
            "HOOKLINE_LOG_FORMAT": "json",
        }
        self.configure()

    def configure(self, more: str = "") -> None:
        (self.folder / "hookline.toml").write_text(CONFIG + textwrap.dedent(more), encoding="utf-8")

    def write_handlers(self, text: str) -> None:
        (self.folder / "handlers.py").write_text(textwrap.dedent(text), encoding="utf-8")

    def handle_invoices(self) -> None:
        """Have a worker of one process with a handler of Stripe's paid invoices."""
        self.configure("""
            [worker]
            handlers = ["handlers"]
            processes = 1
            sweep_interval = 0.2
        """)
        self.write_handlers("""
            from workers import Event, on

            @on("stripe", "invoice.paid")
            def paid(event: Event) -> None:
                print("paid", event.id)
        """)

    def start(self, name: str, *, traced: bool = False, **environ: str) -> Process:
        self._files += 1
        whole = {**self.environ, **environ}
        process = Process(
            name,
            PROCFILE[name],
            folder=self.folder,
            environ=whole if traced else without_coverage(whole),
            log=self.folder / f"{name}-{self._files}.log",
        )
        self.processes.append(process)
        return process

    def start_web(self, **environ: str) -> Process:
        process = self.start("web", traced=True, **environ)
        until(lambda: self.get("/livez") == 200, what=f"the receiver answers: {process.output}")
        return process

    def start_worker(self, *, traced: bool = False, **environ: str) -> Process:
        process = self.start("worker", traced=traced, **environ)
        until(lambda: "ready." in process.output, what="the worker is ready")
        return process

    def start_flower(self, **environ: str) -> Process:
        process = self.start("flower", traced=False, **environ)
        base = f"http://127.0.0.1:{self.flower_port}"
        # With a password it asks for that.
        until(lambda: status_of(f"{base}/healthcheck") in (200, 401), what="Flower answers")
        return process

    def meet(self, auth: tuple[str, str] | None = None) -> None:
        """Wait until Flower has heard of a worker: it hears nothing of what happened before it listened."""
        url = f"http://127.0.0.1:{self.flower_port}/workers?json=1"

        def known() -> bool:
            try:
                return bool(requests.get(url, auth=auth, timeout=10).json()["data"])
            except requests.RequestException:
                return False

        until(known, what="Flower knows a worker")

    def get(self, path: str) -> int:
        return status_of(self.url + path)

    def cli(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(BIN / "hookline"), *arguments],
            cwd=self.folder,
            env=without_coverage(self.environ),
            capture_output=True,
            text=True,
            check=check,
            stdin=subprocess.DEVNULL,
            timeout=60,
        )

    def stop(self) -> None:
        """Stop the receivers, which is quick, and kill the others, which is not."""
        for process in self.processes:
            if process.name == "web":
                process.stop()
            elif process.popen.poll() is None:
                process.kill_group()


def status_of(url: str, **options: Any) -> int:
    try:
        return requests.get(url, timeout=10, **options).status_code
    except requests.RequestException:
        return 0
