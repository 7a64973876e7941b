"""Why deliveries were refused, from a real receiver to the command line."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.processes import Installation
from tests.support.raw_http import exchange, request
from tests.support.stripe_sender import make_body, signature
from tests.support.waiting import until
from tests.web.conftest import LIMIT
from webhooks.store.connection import RedisConnection


def rejections(receiver: Installation, wanted: int = 1) -> list[dict[str, Any]]:
    """What the command lists, once so many are there: they are kept after the answer."""

    def look() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(receiver.cli("rejections", "--json").stdout)
        return found if len(found) >= wanted else []

    return until(look, what="the rejections are kept")


def test_a_body_that_a_proxy_wrote_anew_is_told_with_its_cure(
    receiver: Installation, connection: RedisConnection
) -> None:
    body = make_body()
    changed = json.dumps(json.loads(body), separators=(",", ":")).encode()
    answer = exchange(receiver.port, request(changed, Stripe_Signature=signature(body)))
    assert answer.error() == (401, "signature_mismatch")
    assert b"JSON" not in answer.body
    (one,) = rejections(receiver)
    assert (one["source"], one["cause"]) == ("stripe", "body_changed")
    assert (one["method"], one["path"], one["body_kept"]) == ("POST", "/webhooks/stripe", False)
    assert "Stripe-Signature" in one["headers"]
    sentence = receiver.cli("rejections", "show", str(one["number"])).stdout.splitlines()[0]
    assert sentence.startswith("The signature matches the body as JSON with blanks after its separators: let")


def test_what_is_refused_before_it_is_read_is_kept_too(
    receiver: Installation, connection: RedisConnection
) -> None:
    for sent, headers in (
        (request(b"{}", path="/webhooks/strpie"), "source_unknown"),
        (request(b"{}", length=412), "body_truncated"),
        (request(b"x" * (LIMIT + 1)), "body_too_large"),
        (request(b"{}", Content_Encoding="gzip"), "encoding_unsupported"),
    ):
        assert exchange(receiver.port, sent).error()[1] == headers
    found = {one["code"]: one for one in rejections(receiver, 4)}
    assert set(found) == {"source_unknown", "body_truncated", "body_too_large", "encoding_unsupported"}
    assert "412 bytes were announced and 2 came" in found["body_truncated"]["sentence"]
    unknown = found["source_unknown"]
    assert (unknown["source"], unknown["path"]) == (None, "/webhooks/strpie")
    assert all(one["body_bytes"] is None for one in found.values())


@pytest.mark.parametrize("keep", ["false", "true"])
def test_the_body_of_an_unproven_request_is_kept_only_when_asked_for(
    installation: Installation, keep: str
) -> None:
    installation.start_web(HOOKLINE_WEB_KEEP_REJECTED_BODIES=keep)
    exchange(installation.port, request(b'{"who": "nobody"}'))
    (one,) = rejections(installation)
    assert one["body_kept"] is (keep == "true")
    shown = installation.cli("rejections", "show", "1", "--body", check=False)
    assert shown.stdout == ('{"who": "nobody"}' if keep == "true" else "")
