"""`hookline send` against a running receiver."""

from __future__ import annotations

import json

import pytest

from tests.support.processes import Installation
from webhooks.store.connection import RedisConnection
from webhooks.store.listing import find


@pytest.mark.parametrize(
    ("source", "type_"), [("stripe", "invoice.paid"), ("github", "push"), ("orders", "order.placed")]
)
def test_a_signed_sample_of_each_provider_is_accepted(
    console: Installation, connection: RedisConnection, source: str, type_: str
) -> None:
    console.start_web()
    try:
        sent = json.loads(console.cli("send", source, type_, "--json").stdout)
    finally:
        console.stop()
    assert sent["status"] == 200
    record = find(connection, sent["answer"]["id"])
    assert record is not None
    assert (record.event.source, record.event.type) == (source, type_)


def test_people_see_the_answer_and_the_next_command(
    console: Installation, connection: RedisConnection
) -> None:
    console.start_web()
    done = console.cli("send", "stripe")
    console.stop()
    assert done.stdout.startswith("200 in ")
    assert "hookline events show stripe:sample_" in done.stderr


def test_an_unknown_source_lists_the_known_ones(console: Installation) -> None:
    done = console.cli("send", "strip", check=False)
    assert done.returncode == 2
    assert "configured: stripe, github, orders" in done.stderr


def test_with_no_receiver_it_says_how_to_start_one(console: Installation) -> None:
    done = console.cli("send", "stripe", check=False)
    assert done.returncode == 1
    assert "start the receiver with `hookline up`" in done.stderr


def test_a_refusal_exits_with_1(console: Installation, connection: RedisConnection) -> None:
    console.start_web()
    console.environ["HOOKLINE_SOURCES_STRIPE_SECRETS"] = "whsec_fake_but_another"
    done = console.cli("send", "stripe", check=False)
    console.stop()
    assert done.returncode == 1
    assert "signature_mismatch" in done.stdout
