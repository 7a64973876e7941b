"""Variables that Celery and Flower would read, in front of real processes."""

from __future__ import annotations

import pytest

from tests.support.processes import Installation

AROUND = {
    "APP": "shop.wsgi",
    "BROKER_URL": "redis://127.0.0.1:1/9",
    "LOADER": "nothing",
    "CONFIG_MODULE": "nothing",
    "FLOWER_PORT": "tcp://10.0.0.1:5555",
    "FLOWER_SERVICE_PORT": "5555",
    "FLOWER_DEBUG": "",
}


def test_what_others_call_their_own_starts_neither_worker_nor_flower_elsewhere(
    installation: Installation,
) -> None:
    installation.environ |= AROUND
    installation.start_worker()
    installation.start_flower()
    installation.meet()


@pytest.mark.parametrize("name", ["worker", "flower"])
def test_a_broker_for_celery_alone_stops_the_start_by_its_name(installation: Installation, name: str) -> None:
    process = installation.start(name, CELERY_BROKER_URL="redis://:whisper@127.0.0.1:1/9")
    assert process.popen.wait(timeout=30) == 1
    assert "CELERY_BROKER_URL is set: Celery would use it instead of redis.url" in process.output
    assert "whisper" not in process.output
