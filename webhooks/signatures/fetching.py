"""Keys that a request names by URL or id: allowed or not is decided before anything is asked."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from webhooks.errors import Rejected
from webhooks.signatures.scheme import Options

_KEY_ID = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}")
# No blank, quote, backslash or anything beyond ASCII, which one parser reads so and another so.
_PLAIN_URL = re.compile(r"https://[A-Za-z0-9.-]+/[A-Za-z0-9._~/-]*")


def untrusted(message: str) -> Rejected:
    """Return the refusal of a key or certificate that this provider would not have named."""
    return Rejected("key_untrusted", message)


def allowed_url(url: Any, *, host: Callable[[str], bool], path: re.Pattern[str]) -> str:
    """Return a URL that may be fetched, or raise `Rejected`; opens nothing.

    Only https, a host that is exactly one of the provider's, no port, no user, no query.

    Args:
        url: what the request names, of any type.
        host: says whether a host name in lower case is the provider's.
        path: what the whole path must match.
    """
    if not isinstance(url, str) or not _PLAIN_URL.fullmatch(url):
        raise untrusted("the key's URL is not plain https")
    parts = urlsplit(url)
    if parts.netloc != parts.netloc.lower() or not host(parts.netloc) or not path.fullmatch(parts.path):
        raise untrusted("the key's URL is not one of this provider's")
    return url


def fetched(url: str, options: Options) -> bytes:
    """Return what is at an allowed URL.

    Raises:
        Rejected: nothing is there.
        ValueError: no fetcher is configured.
        Unavailable: the other side could not be reached, as the fetcher says.
    """
    fetch = options.get("fetch")
    if fetch is None:
        msg = "this provider's keys are fetched: verify needs the option fetch"
        raise ValueError(msg)
    found = fetch(url)
    if found is None:
        raise untrusted("there is no key at the URL that the request names")
    return found.encode() if isinstance(found, str) else bytes(found)


def key_by_id(key_id: Any, options: Options) -> Any:
    """Return the provider's public key of that id; raises as `fetched` does."""
    if not isinstance(key_id, str) or not _KEY_ID.fullmatch(key_id):
        raise untrusted("the key's id is not one of this provider's")
    fetch = options.get("fetch_key")
    if fetch is None:
        msg = "this provider's keys are fetched by their id: verify needs the option fetch_key"
        raise ValueError(msg)
    found = fetch(key_id)
    if found is None:
        raise untrusted("the provider has no key of that id")
    return found
