"""The catalogue as a whole: what every entry must be."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.support.events import NOW
from tests.support.senders import SECRET, signed
from webhooks.providers.catalog import PROVIDERS, catalogue
from webhooks.providers.identity import name_event
from webhooks.providers.places import check_place
from webhooks.providers.preset import Provider
from webhooks.providers.timed_digest import STRIPE
from webhooks.signatures import verify

every_provider = pytest.mark.parametrize("provider", PROVIDERS.values(), ids=PROVIDERS)


def test_two_providers_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="two providers are called 'stripe'"):
        catalogue([STRIPE, replace(STRIPE, title="Another")])


def test_providers_are_listed_by_name() -> None:
    names = ["b", "a", "c"]
    assert list(catalogue(replace(STRIPE, name=name) for name in names)) == ["a", "b", "c"]


def test_the_catalogue_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        PROVIDERS["another"] = STRIPE  # type: ignore[index]


def test_the_name_hmac_is_free_for_the_configuration() -> None:
    assert "hmac" not in PROVIDERS


@every_provider
def test_an_entry_names_real_places(provider: Provider) -> None:
    for place in (provider.event_id, provider.event_type):
        assert place is None or check_place(place) == place


@every_provider
def test_an_entry_with_an_id_of_its_own_says_where_it_is(provider: Provider) -> None:
    assert (provider.event_id is not None) == (provider.identity in ("signed", "unsigned"))


@every_provider
def test_its_limits_are_sensible(provider: Provider) -> None:
    assert provider.max_body >= 64 * 1024
    assert provider.retry_window >= 0
    assert provider.resend_window >= 0
    assert provider.ack_deadline is None or provider.ack_deadline > 0


@every_provider
def test_its_sample_is_accepted_and_named_as_asked_for(provider: Provider) -> None:
    filled = {"id": "sample-1", "type": provider.sample_type, "now": int(NOW)}
    body = provider.sample_body.format(**filled).encode()
    headers = tuple((name, value.format(**filled)) for name, value in provider.sample_headers)
    delivery = signed(provider, body=body, headers=headers)
    verify(provider, delivery, [SECRET], now=NOW)
    name = name_event("in", provider, delivery)
    assert json.loads(body)
    assert (name.id, name.type) == ("in:sample-1", provider.sample_type)
