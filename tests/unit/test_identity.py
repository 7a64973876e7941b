"""What an event is called."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.events import delivery
from tests.support.senders import named
from webhooks.providers.body_digest_prefixed import GITHUB
from webhooks.providers.identity import UNKNOWN_TYPE
from webhooks.providers.preset import Provider
from webhooks.providers.timed_digest import STRIPE

BY_BODY = replace(STRIPE, identity="body", event_id=None, event_type=None)
NAMELESS = replace(STRIPE, identity="none", event_id=None)


def hashed(text: str) -> str:
    return "sha256-" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def stripe_id(own: object) -> str:
    return named("stripe", STRIPE, delivery(json.dumps({"id": own}).encode())).id


def test_an_id_is_the_source_and_the_providers_own_id() -> None:
    name = named("payments", STRIPE, delivery(b'{"id": "evt_1", "type": "invoice.paid"}'))
    assert (name.id, name.type) == ("payments:evt_1", "invoice.paid")


def test_the_digest_is_of_the_raw_body() -> None:
    body = b'{ "id":"evt_1" }\n'
    assert named("stripe", STRIPE, delivery(body)).digest == hashlib.sha256(body).hexdigest()


def test_an_id_of_200_plain_characters_stays() -> None:
    assert stripe_id("x" * 200) == "stripe:" + "x" * 200


@pytest.mark.parametrize(
    "own", ["x" * 201, "two words", "naïve", "a\nb", "\x1b[2J", "\x00", "\ud800", "a\x7f", "evt_1\n"]
)
def test_an_id_that_is_too_long_or_not_plain_ascii_becomes_its_hash(own: str) -> None:
    assert stripe_id(own) == "stripe:" + hashed(own)


def test_an_id_that_is_a_number_is_written_in_digits() -> None:
    assert stripe_id(42) == "stripe:42"


@pytest.mark.parametrize("body", [b"", b"{}", b'{"id": null}', b'{"id": ""}', b'{"id": {}}', b"[" * 100_000])
def test_a_body_without_its_id_is_named_by_its_hash(body: bytes) -> None:
    name = named("stripe", STRIPE, delivery(body))
    assert name.id == "stripe:sha256-" + hashlib.sha256(body).hexdigest()
    assert name.type == UNKNOWN_TYPE


def test_a_signed_id_needs_no_memory_of_the_body() -> None:
    assert not named("stripe", STRIPE, delivery(b'{"id": "evt_1"}')).remember_body


def test_an_id_beside_the_signature_is_kept_with_the_body_so_that_no_capture_comes_back_renamed() -> None:
    headers = {"X_GitHub_Delivery": "72d3162e", "X_GitHub_Event": "push"}
    name = named("github", GITHUB, delivery(b"{}", **headers))
    assert (name.id, name.type, name.remember_body) == ("github:72d3162e", "push", True)


def test_a_provider_without_ids_names_an_event_by_its_body() -> None:
    first, again, other = (named("in", BY_BODY, delivery(body)).id for body in (b"a", b"a", b"b"))
    assert first == again == "in:sha256-" + hashlib.sha256(b"a").hexdigest()
    assert other != first


def test_where_equal_bodies_are_two_events_each_delivery_has_an_id_of_its_own() -> None:
    first, again = (named("in", NAMELESS, delivery(b"a")) for _ in range(2))
    assert first.id != again.id
    assert first.digest == again.digest


@pytest.mark.parametrize("provider", [STRIPE, GITHUB, BY_BODY, NAMELESS], ids=lambda p: p.identity)
@given(body=st.binary(max_size=100), header=st.text(max_size=30))
def test_every_name_is_plain_and_short_enough_for_a_url_and_a_terminal(
    provider: Provider, body: bytes, header: str
) -> None:
    headers = {"X_GitHub_Delivery": header, "X_GitHub_Event": header}
    name = named("in", provider, delivery(body, **headers))
    for text in (name.id.removeprefix("in:"), name.type):
        assert 0 < len(text) <= 200
        assert all(" " <= char <= "~" for char in text)
        assert text == text.strip()
    # Only types have blanks: GitLab's do.
    assert " " not in name.id


@given(st.text())
def test_the_same_delivery_has_the_same_name_each_time(own: str) -> None:
    assert stripe_id(own) == stripe_id(own)


def test_a_type_may_hold_blanks_as_gitlabs_do_but_not_at_its_ends() -> None:
    def type_of(text: str) -> str:
        return named("stripe", STRIPE, delivery(json.dumps({"type": text}).encode())).type

    assert type_of("Push Hook") == "Push Hook"
    assert type_of(" Push") == hashed(" Push")
