"""The image's own health check, as the Dockerfile has it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.processes import Installation, without_coverage

DOCKERFILE = Path(__file__).resolve().parents[2] / "Dockerfile"
NOBODY = "http://127.0.0.1:9"
PROXIES = dict.fromkeys(("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"), NOBODY) | {"no_proxy": ""}


def check_health(installation: Installation, **environ: str) -> int:
    (line,) = [line for line in DOCKERFILE.read_text().splitlines() if line.startswith("HEALTHCHECK")]
    command = json.loads(line.partition(" CMD ")[2])
    assert command[0] == "python"
    return subprocess.run(
        [sys.executable, *command[1:]],
        cwd=installation.folder,
        env=without_coverage({**installation.environ, **environ}),
        check=False,
        timeout=30,
    ).returncode


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "::1", "[::]"])
def test_a_receiver_is_healthy_wherever_it_listens_and_whatever_proxy_is_named(
    installation: Installation, host: str
) -> None:
    installation.url = installation.url.replace("127.0.0.1", "[::1]" if ":" in host else "127.0.0.1")
    installation.environ["HOOKLINE_WEB_HOST"] = host
    installation.start_web()
    assert check_health(installation, **PROXIES) == 0


@pytest.mark.parametrize("host", ["127.0.0.1", "[::]"])
def test_a_sample_reaches_the_receiver_of_this_machine_whatever_proxy_is_named(
    installation: Installation, host: str
) -> None:
    installation.url = installation.url.replace("127.0.0.1", "[::1]" if ":" in host else "127.0.0.1")
    installation.environ["HOOKLINE_WEB_HOST"] = host
    installation.start_web()
    installation.environ |= PROXIES
    assert installation.cli("send", "github").stdout.startswith("200 ")


def test_a_receiver_that_is_not_there_is_unhealthy(installation: Installation) -> None:
    assert check_health(installation, **PROXIES) == 1


def test_the_port_of_the_file_is_asked(installation: Installation) -> None:
    installation.start_web()
    installation.configure(f"[web]\nport = {installation.environ.pop('HOOKLINE_WEB_PORT')}\n")
    assert os.environ.get("HOOKLINE_WEB_PORT") is None
    assert check_health(installation) == 0
