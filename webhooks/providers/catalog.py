"""All providers by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from webhooks.providers import (
    body_digest_base64,
    body_digest_hex,
    body_digest_prefixed,
    odd,
    plain_token,
    public_key,
    signed_url,
    standard_webhooks,
    timed_digest,
    timed_header,
    twilio,
    web_token,
)
from webhooks.providers.preset import Provider


def catalogue(providers: Iterable[Provider]) -> Mapping[str, Provider]:
    """Index providers by name; raise `ValueError` when a name comes twice."""
    found: dict[str, Provider] = {}
    for provider in providers:
        if provider.name in found:
            msg = f"two providers are called {provider.name!r}"
            raise ValueError(msg)
        found[provider.name] = provider
    return MappingProxyType(dict(sorted(found.items())))


PAGES = (
    body_digest_prefixed,
    body_digest_hex,
    body_digest_base64,
    timed_digest,
    timed_header,
    standard_webhooks,
    signed_url,
    twilio,
    public_key,
    web_token,
    plain_token,
    odd,
)
"""The pages of the catalogue, one for each way of signing."""

PROVIDERS = catalogue(provider for page in PAGES for provider in page.PROVIDERS)
"""The catalogue. The provider `hmac` is not here: it is made from the configuration."""
