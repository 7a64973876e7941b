"""A flood for one source beside honest senders of another, through a real receiver."""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event as Flag
from threading import Thread

import pytest
import requests

from tests.support.processes import Installation
from tests.support.stripe_sender import make_body, signature

SOURCES = """
[sources.stream]
provider = "getstream"
secrets = ["fake-stream-secret"]
"""
HONEST = 60
SENDERS = 6
LARGE = os.urandom(300_000)
SIGNED = {"X-Signature": "00" * 32}
FLOODS = {
    "bombs": ("stream", gzip.compress(bytes(16 * 1024 * 1024 - 64), 9), SIGNED, {415}),
    "well compressed bodies": ("stream", gzip.compress(LARGE[:20_000] * 60, 1), SIGNED, {401}),
    "unproven bodies": ("github", b"{}", {"X-Hub-Signature-256": "sha256=" + "00" * 32}, {401}),
    "large bodies": ("github", LARGE, {"X-Hub-Signature-256": "sha256=" + "00" * 32}, {401}),
}


@contextmanager
def flood(url: str, body: bytes, headers: dict[str, str]) -> Iterator[list[int]]:
    """Post a request again and again over several connections; 503 is what a flood may get."""
    statuses: list[int] = []
    stop = Flag()

    def send() -> None:
        with requests.Session() as session:
            while not stop.is_set():
                statuses.append(session.post(url, data=body, headers=headers, timeout=30).status_code)

    senders = [Thread(target=send) for _ in range(SENDERS)]
    for sender in senders:
        sender.start()
    try:
        yield statuses
    finally:
        stop.set()
        for sender in senders:
            sender.join()


@pytest.mark.parametrize("name", FLOODS)
def test_honest_senders_of_another_source_are_answered(installation: Installation, name: str) -> None:
    installation.configure(SOURCES)
    installation.start_web()
    source, body, headers, expected = FLOODS[name]
    honest = []
    with (
        flood(f"{installation.url}/webhooks/{source}", body, headers) as statuses,
        requests.Session() as session,
    ):
        for _ in range(HONEST):
            event = make_body()
            answer = session.post(
                f"{installation.url}/webhooks/stripe",
                data=event.encode(),
                headers={"Stripe-Signature": signature(event)},
                timeout=30,
            )
            honest.append(answer.status_code)
        ready = session.get(f"{installation.url}/readyz", timeout=30).status_code
    assert set(honest) == {200}
    assert ready == 200
    assert expected <= set(statuses) <= {*expected, 503}
