"""No secret, payload or signature leaves the store, whichever way an event goes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.canary.marks import Mark, found
from tests.canary.scenario import REDIS, SENTRY, Scenario
from tests.support.servers import StoreServer

CONTROLS = {
    "logs": "{event}",
    "Sentry": "{event}",
    "Flower": "{event}",
    "command line output": "{event}",
    "Celery messages": "{first}",
    "metrics": "hookline_deliveries_total",
    "error answers": "signature_mismatch",
    "command lines": "webhooks.wsgi:app",
}
"""What must be found in each kind of evidence, or nothing was looked at."""


@pytest.fixture
def locked_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreServer]:
    """A store whose password is a mark."""
    server = StoreServer(tmp_path_factory.mktemp("locked"))
    server.url = server.url.replace("://", f"://:{quote(REDIS.value, safe='')}@")
    server.start("--requirepass", REDIS.value)
    yield server
    server.stop()


def test_no_mark_is_anywhere_but_in_the_store(tmp_path: Path, locked_server: StoreServer) -> None:
    scenario = Scenario(tmp_path, locked_server)
    scenario.walk()
    missing, leaks = [], {}
    for kind, control in CONTROLS.items():
        text = "\n".join(scenario.evidence[kind])
        if (
            found(
                [Mark("control", control.format(event=scenario.event_ids[1], first=scenario.event_ids[0]))],
                text,
            )
            == set()
        ):
            missing.append(kind)
        # Sentry is told the key that it gave out itself.
        marks = [mark for mark in scenario.marks if (kind, mark) != ("Sentry", SENTRY)]
        if leaked := found(marks, text):
            leaks[kind] = leaked
    assert (missing, leaks) == ([], {})
    assert set(scenario.evidence) == set(CONTROLS)
