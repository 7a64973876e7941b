"""`hookline up`: the real thing, on ports and in a directory of its own."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.support.processes import BIN, Process, without_coverage
from tests.support.servers import PATIENT
from tests.support.waiting import until


class Up:
    """A `hookline up` in an empty folder with nothing configured."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environ = {name: value for name, value in os.environ.items() if not name.startswith("HOOKLINE_")}
        self.environ["HOOKLINE_REDIS_TIMEOUT"] = str(PATIENT)
        self.runs: list[Process] = []

    def start(self, *options: str, wait: bool = True, traced: bool = False) -> Process:
        process = Process(
            "up",
            [str(BIN / "hookline"), "up", "--port", "0", *options],
            folder=self.folder,
            environ=self.environ if traced else without_coverage(self.environ),
            log=self.folder / f"up-{len(self.runs)}.log",
        )
        self.runs.append(process)
        if wait:
            until(lambda: "Hookline is running." in process.output, what="Hookline runs")
        return process

    def cli(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(BIN / "hookline"), *arguments],
            cwd=self.folder,
            env=without_coverage(self.environ),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def state(self, event_id: str) -> str:
        shown = self.cli("events", "show", event_id, "--json")
        return str(json.loads(shown.stdout)["state"]) if shown.returncode == 0 else ""


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Up]:
    found = Up(tmp_path)
    yield found
    for run in found.runs:
        if run.popen.poll() is None:
            run.stop(within=60)


def sent(up: Up) -> str:
    """The id of a sample that was accepted, or an empty text."""
    done = up.cli("send", "stripe", "invoice.paid", "--json")
    return str(json.loads(done.stdout)["answer"]["id"]) if done.returncode == 0 else ""


def wait_for_success(up: Up, event_id: str) -> None:
    until(lambda: up.state(event_id) == "succeeded", what=f"{event_id} succeeds")


def wait_for_more(run: Process, text: str, before: int) -> None:
    until(lambda: run.output.count(text) > before, what=f"{text!r} is said again")


def test_with_nothing_configured_an_event_goes_the_whole_way(up: Up) -> None:
    run = up.start(traced=True)
    assert "receiver  http://127.0.0.1:" in run.output
    assert "Flower    http://127.0.0.1:" in run.output
    assert "secret    whsec_" in run.output
    assert "send stripe invoice.paid" in run.output
    event_id = sent(up)
    wait_for_success(up, event_id)
    assert up.cli("check").returncode == 0
    (spool,) = json.loads(up.cli("spool", "status", "--json").stdout)
    assert (spool["directory"], spool["records"]) == (str(up.folder / ".hookline" / "spool"), 0)


def test_what_a_platform_adds_to_the_environment_changes_nothing(up: Up) -> None:
    up.environ |= {
        "HOOKLINE_SERVICE_HOST": "10.0.0.1",
        "PORT": "1",
        "HOOKLINE_WEB_PORT": "tcp://10.0.0.1:8000",
        "HOOKLINE_SOURCES_SERVICE_HOST": "10.0.0.1",
        "FLOWER_PORT": "tcp://10.0.0.1:5555",
        "HOOKLINE_CONFIG": "",
        "HOOKLINE_REDIS_URL": "",
        "HOOKLINE_SENTRY_DSN": "",
        **dict.fromkeys(("HTTP_PROXY", "http_proxy", "ALL_PROXY"), "http://127.0.0.1:9"),
        "HOOKLINE_WEB_HOST": "[::]",
        "HOOKLINE_FLOWER_HOST": "::1",
    }
    run = up.start()
    assert "receiver  http://[::1]:" in run.output
    assert "Flower    http://[::1]:" in run.output
    wait_for_success(up, sent(up))


def test_a_handlers_file_is_found_and_an_interrupted_life_goes_on(up: Up) -> None:
    (up.folder / "handlers.py").write_text(
        "from pathlib import Path\nfrom workers import on\n\n"
        '@on("stripe", "invoice.*")\n'
        "def book(event):\n    Path(event.id.replace(':', '-')).touch()\n"
    )
    run = up.start()
    first = sent(up)
    until((up.folder / first.replace(":", "-")).exists, what="the handler runs")
    secret = [line for line in run.output.splitlines() if "secret" in line]
    run.signal(signal.SIGINT)
    assert run.popen.wait(timeout=60) == 0
    again = up.start()
    assert secret == [line for line in again.output.splitlines() if "secret" in line]
    assert up.state(first) == "succeeded"


def test_ctrl_c_leaves_no_process_behind(up: Up) -> None:
    run = up.start(traced=True)
    children = run.children()
    assert len(children) >= 4
    run.signal(signal.SIGINT)
    assert run.popen.wait(timeout=60) == 0
    assert not [pid for pid in children if Path(f"/proc/{pid}").exists()]
    assert "stopped; everything received is kept" in run.output


def test_a_second_one_says_that_one_runs_and_where(up: Up) -> None:
    run = up.start(traced=True)
    second = up.start(wait=False)
    assert second.popen.wait(timeout=30) == 1
    address = next(line.split()[-1] for line in run.output.splitlines() if "Flower  " in line)
    assert "Hookline runs already" in second.output
    assert address in second.output


def test_another_directory_holds_a_separate_one(up: Up) -> None:
    up.start()
    up.start("--data", "other")
    event_id = sent(up)
    wait_for_success(up, event_id)
    assert up.cli("events", "show", event_id, "--data", "other").returncode == 1


def test_a_process_that_dies_is_started_again_and_the_store_too(up: Up) -> None:
    run = up.start(traced=True)
    for pid in run.children():
        os.kill(pid, signal.SIGKILL)
    until(lambda: run.output.count("is started again") >= 4, what="all are started again")
    event_id = until(lambda: sent(up), what="the receiver is back")
    wait_for_success(up, event_id)


@pytest.mark.parametrize("times", [1, 2])
def test_the_store_alone_may_die_and_everything_goes_on(up: Up, times: int) -> None:
    run = up.start()
    for _ in range(times):
        before = run.output.count("the store ended")
        commands = {pid: Path(f"/proc/{pid}/cmdline").read_text() for pid in run.children()}
        (store,) = (pid for pid, command in commands.items() if "valkey-server" in command)
        os.kill(store, signal.SIGKILL)
        wait_for_more(run, "the store ended", before)
        event_id = until(lambda: sent(up), what="the receiver finds the store again")
        wait_for_success(up, event_id)


def test_what_was_received_outlives_a_kill_of_everything(up: Up) -> None:
    run = up.start()
    event_id = sent(up)
    run.popen.kill()
    run.popen.wait()
    up.start()
    wait_for_success(up, event_id)


def test_the_data_and_its_secret_are_the_users_alone(up: Up) -> None:
    up.start()
    data = up.folder / ".hookline"
    assert stat.S_IMODE(data.stat().st_mode) == 0o700
    assert stat.S_IMODE((data / "stripe.secret").stat().st_mode) == 0o600
    assert stat.S_IMODE((data / "store" / "valkey.sock").stat().st_mode) == 0o700


def test_a_taken_port_is_said_with_the_option_that_frees_one(up: Up) -> None:
    run = up.start(traced=True)
    port = next(line.split(":")[-1].split("/")[0] for line in run.output.splitlines() if "receiver" in line)
    second = up.start("--data", "other", "--port", port, wait=False)
    assert second.popen.wait(timeout=30) == 1
    assert f"port {port} of 127.0.0.1 is taken" in second.output
    assert "--port, 0 for any" in second.output


def test_a_worker_that_cannot_start_is_no_end_of_the_receiver_and_waited_for(up: Up) -> None:
    handlers = up.folder / "handlers.py"
    handlers.write_text("import nothing_of_that_name\n")
    run = up.start(wait=False, traced=True)
    until(lambda: "worker ended (status 1) and is started again in 2 s" in run.output, what="it ends thrice")
    assert "the module 'handlers' cannot be imported" in run.output
    assert "Hookline is running." not in run.output
    event_id = sent(up)
    handlers.write_text('from workers import on\n\n@on("stripe", "*")\ndef book(event):\n    pass\n')
    until(lambda: "Hookline is running." in run.output, what="the worker is back")
    wait_for_success(up, event_id)


def test_nothing_that_lies_in_the_directory_takes_the_place_of_its_own_commands(up: Up) -> None:
    (up.folder / "Procfile").write_text("web: touch procfile-was-run\n")
    for package in ("webhooks", "workers", "gunicorn", "celery"):
        (up.folder / package).mkdir()
        (up.folder / package / "__init__.py").write_text("raise SystemExit('not meant')\n")
    up.start()
    wait_for_success(up, sent(up))
    assert not (up.folder / "procfile-was-run").exists()


def test_a_directory_may_have_any_name(up: Up) -> None:
    up.folder = up.folder / " a#b?c%20d'e\"f${HOME}\n[g] "
    up.folder.mkdir()
    run = up.start()
    wait_for_success(up, sent(up))
    assert up.cli("spool", "status").returncode == 0
    run.signal(signal.SIGINT)
    assert run.popen.wait(timeout=60) == 0


def test_flower_answers_on_the_page_that_is_printed(up: Up) -> None:
    run = up.start()
    address = next(line.split()[-1] for line in run.output.splitlines() if "Flower  " in line)
    assert requests.get(address, timeout=5).status_code == 200
