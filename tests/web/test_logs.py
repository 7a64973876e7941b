"""What the receiver says of each delivery: one JSON line, and nothing of the sender unescaped."""

from __future__ import annotations

import json
from typing import Any

from tests.support.processes import Installation
from tests.support.raw_http import exchange, request
from tests.support.stripe_sender import make_body, post
from tests.support.waiting import until


def steps(output: str) -> list[dict[str, Any]]:
    return [line for line in map(json.loads, output.splitlines()) if "step" in line]


def test_each_delivery_is_one_json_line_with_its_id_source_type_and_duration(
    installation: Installation,
) -> None:
    web = installation.start_web()
    post(installation.url, make_body("invoice.paid", "evt_logged"))
    until(lambda: steps(web.output), what="the line is written")
    (line,) = steps(web.output)
    assert (line["step"], line["event"], line["source"]) == ("accepted", "stripe:evt_logged", "stripe")
    assert line["type"] == "invoice.paid"
    assert 0 < line["duration"] < 5


def test_what_a_sender_wrote_forges_no_line(installation: Installation) -> None:
    web = installation.start_web()
    evil = 'a\n{"step": "accepted"}\x1b[2J'
    post(installation.url, make_body(evil, evil))
    exchange(installation.port, request(b"{}", path="/webhooks/%0A%7B%22step%22%3A%22forged%22%7D"))
    exchange(installation.port, b"POST /\x1b[2J HTTP/1.1\r\nX: \x1b\r\n\r\n")
    until(lambda: len(steps(web.output)) == 3, what="the lines are written")
    assert "forged" not in web.output
    assert "\x1b" not in web.output
    found = steps(web.output)
    assert [line["step"] for line in found] == ["accepted", "rejected", "rejected"]
    assert found[0]["event"].startswith("stripe:sha256-")
