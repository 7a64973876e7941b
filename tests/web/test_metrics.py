"""`/metrics`, right under several worker processes."""

from __future__ import annotations

import re

import requests

from tests.support.processes import Installation
from tests.support.stripe_sender import make_body, post

DELIVERIES = 60


def value(text: str, line: str) -> float:
    match = re.search(rf"^{re.escape(line)} (\S+)$", text, re.MULTILINE)
    assert match, f"{line} is not in:\n{text}"
    return float(match[1])


def test_the_counters_of_all_processes_are_added_up(installation: Installation) -> None:
    installation.start_web(HOOKLINE_WEB_WORKERS="3")
    for _ in range(DELIVERIES):
        assert post(installation.url, make_body()).status_code == 200
    post(installation.url, make_body(), header="nonsense")
    requests.post(f"{installation.url}/webhooks/not-configured", data=b"{}", timeout=5)
    # Whichever process answers, it says the same.
    for _ in range(6):
        text = requests.get(f"{installation.url}/metrics", timeout=5).text
        accepted = 'hookline_deliveries_total{outcome="accepted",source="stripe"}'
        assert value(text, accepted) == DELIVERIES
        assert value(text, 'hookline_rejections_total{code="signature_malformed",source="stripe"}') == 1
        assert value(text, 'hookline_rejections_total{code="source_unknown",source="-"}') == 1
        assert value(text, 'hookline_ack_seconds_count{source="stripe"}') == DELIVERIES + 1
        assert value(text, 'hookline_events{state="queued"}') == DELIVERIES
        assert value(text, "hookline_queue_messages") == DELIVERIES
        assert value(text, "hookline_store_up") == 1
        assert "not-configured" not in text
