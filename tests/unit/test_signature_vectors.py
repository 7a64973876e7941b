"""Requests that other people's code signed: the providers' SDKs and documents."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from webhooks.errors import Rejected
from webhooks.event import Delivery
from webhooks.providers.catalog import PROVIDERS
from webhooks.signatures import verify

VECTORS = [
    json.loads(line)
    for line in (Path(__file__).parents[1] / "data" / "vectors.jsonl")
    .read_text(encoding="utf-8")
    .splitlines()
]
MUST = [row for row in VECTORS if row["level"] == "must"]
POLICY = [row for row in VECTORS if row["level"] == "policy"]


def answer(row: dict[str, Any]) -> str:
    delivery = Delivery(
        method=row["method"],
        url=row["url"],
        headers=tuple(row["headers"].items()),
        body=base64.b64decode(row["body_b64"]),
        received_at=row["now"],
    )
    secrets = [row["secret"]] if isinstance(row["secret"], str) else row["secret"]
    try:
        verify(PROVIDERS[row["provider"]], delivery, secrets, now=row["now"])
    except Rejected:
        return "reject"
    return "accept"


def name(row: dict[str, Any]) -> str:
    return str(row["id"])


@pytest.mark.parametrize("row", MUST, ids=name)
def test_a_settled_request_is_answered_as_its_provider_does(row: dict[str, Any]) -> None:
    assert answer(row) == row["expect"], row["why"]


@pytest.mark.parametrize("row", POLICY, ids=name)
def test_a_request_that_is_not_settled_is_accepted_or_refused_and_no_crash(row: dict[str, Any]) -> None:
    assert answer(row) in ("accept", "reject")


@pytest.mark.parametrize("provider", sorted(PROVIDERS))
def test_every_provider_has_requests_to_accept_and_to_refuse(provider: str) -> None:
    expected = {row["expect"] for row in MUST if row["provider"] == provider}
    assert expected == {"accept", "reject"}
