"""Flower: open to nobody by mistake."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest
import requests

from tests.support.processes import Installation
from tests.support.python import output_of
from tests.support.servers import StoreServer

BEYOND_LOOPBACK = {"HOOKLINE_FLOWER_HOST": "0.0.0.0"}


@pytest.mark.parametrize(
    ("environ", "cure"),
    [
        (BEYOND_LOOPBACK, "set HOOKLINE_FLOWER_BASIC_AUTH=user:password"),
        ({"FLOWER_UNAUTHENTICATED_API": "true"}, "FLOWER_UNAUTHENTICATED_API is set: unset it"),
        ({"FLOWER_UNAUTHENTICATED_API": "0"}, "FLOWER_UNAUTHENTICATED_API is set: unset it"),
    ],
)
def test_what_would_open_it_stops_the_start_with_the_cure(
    installation: Installation, own_server: StoreServer, environ: dict[str, str], cure: str
) -> None:
    flower = installation.start("flower", traced=True, **environ)
    assert flower.popen.wait(timeout=30) == 1
    assert cure in flower.output
    assert "Traceback" not in flower.output


def test_with_a_password_it_asks_for_it_and_shows_it_nowhere(
    installation: Installation, own_server: StoreServer
) -> None:
    flower = installation.start_flower(
        **BEYOND_LOOPBACK, HOOKLINE_FLOWER_BASIC_AUTH="operator:fake-flower-password"
    )
    url = f"http://127.0.0.1:{installation.flower_port}/workers"
    assert requests.get(url, timeout=5).status_code == 401
    assert requests.get(url, timeout=5, auth=("operator", "wrong")).status_code == 401
    assert requests.get(url, timeout=5, auth=("operator", "fake-flower-password")).status_code == 200
    assert "fake-flower-password" not in Path(f"/proc/{flower.popen.pid}/cmdline").read_text()
    assert "fake-flower-password" not in flower.output


def test_by_default_it_listens_on_loopback_and_changes_nothing(
    installation: Installation, own_server: StoreServer
) -> None:
    installation.start_flower()
    base = f"http://127.0.0.1:{installation.flower_port}"
    listening = Path("/proc/net/tcp").read_text().splitlines()[1:]
    port = f":{installation.flower_port:04X}"
    bound = [
        line.split()[1] for line in listening if line.split()[1].endswith(port) and line.split()[3] == "0A"
    ]
    assert bound == [f"0100007F{port}"]
    for path in ("/api/task/async-apply/hookline.process", "/api/worker/shutdown/celery@x"):
        assert requests.post(base + path, json={"args": ["stripe:x"]}, timeout=5).status_code in (401, 403)


def test_metrics_and_health_want_the_same_login_as_the_pages(
    installation: Installation, own_server: StoreServer
) -> None:
    installation.start_flower(HOOKLINE_FLOWER_BASIC_AUTH="operator:fake-flower-password")
    base = f"http://127.0.0.1:{installation.flower_port}"
    for path in ("/metrics", "/healthcheck", "/workers"):
        assert requests.get(base + path, timeout=5).status_code == 401
        answer = requests.get(base + path, timeout=5, auth=("operator", "fake-flower-password"))
        assert answer.status_code == 200


def test_without_a_password_no_page_of_another_site_can_read_it(
    installation: Installation, own_server: StoreServer
) -> None:
    installation.start_flower()
    base = f"http://127.0.0.1:{installation.flower_port}"
    for path in ("/workers", "/metrics", "/healthcheck", "/static/css/flower.css"):
        for host in ("rebound.example", f"rebound.example:{installation.flower_port}", "127.0.0.1.example"):
            assert requests.get(base + path, timeout=5, headers={"Host": host}).status_code == 403
    for host in ("localhost", f"LOCALHOST:{installation.flower_port}", "127.0.0.1:80", "[::1]:5555"):
        assert requests.get(base + "/workers", timeout=5, headers={"Host": host}).status_code == 200


def test_many_names_of_tasks_make_a_bounded_number_of_series() -> None:
    output = output_of(
        textwrap.dedent("""
        from types import SimpleNamespace
        from prometheus_client import generate_latest
        from workers.flower_access import MOST, OTHER, BoundedMetrics
        found = BoundedMetrics()
        task = SimpleNamespace(name=None, eta=None, received=None)
        for number in range(3 * MOST):
            found.observe_task("w", {"type": "task-received", "name": f"stripe:type.{number}"}, task)
        lines = [line for line in generate_latest().decode().splitlines() if "flower_events_total{" in line]
        rest = [line for line in lines if OTHER in line]
        print(len(lines) == MOST + 1, [line.endswith(f" {2 * MOST}.0") for line in rest])
    """)
    )
    assert output == "True [True]"
