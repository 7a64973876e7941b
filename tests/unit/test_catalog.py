"""The catalogue as a whole: what every entry must be."""

from __future__ import annotations

import pytest

from webhooks.places import check_place
from webhooks.providers.catalog import PROVIDERS
from webhooks.providers.preset import Provider

every_provider = pytest.mark.parametrize("provider", PROVIDERS.values(), ids=PROVIDERS)


def test_the_name_hmac_is_free_for_the_configuration() -> None:
    assert "hmac" not in PROVIDERS


@every_provider
def test_an_entry_names_real_places(provider: Provider) -> None:
    for place in (provider.event_id, provider.event_type):
        assert place is None or check_place(place) == place


@every_provider
def test_its_limits_are_sensible(provider: Provider) -> None:
    assert provider.max_body >= 64 * 1024
    assert provider.retry_window >= 0
    assert provider.resend_window >= 0
    assert provider.ack_deadline is None or provider.ack_deadline > 0
