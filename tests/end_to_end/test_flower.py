"""Flower: open to nobody by mistake."""

from __future__ import annotations

from pathlib import Path

import pytest
import requests

from tests.support.processes import Installation
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
