"""All providers by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from webhooks.providers import body_digest, timed_digest
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


PROVIDERS = catalogue((*body_digest.PROVIDERS, *timed_digest.PROVIDERS))
"""The catalogue. The provider `hmac` is not here: it is made from the configuration."""
