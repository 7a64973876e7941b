"""Who may see how the receiver is inside: an operator, and nobody else who reaches its port."""

from __future__ import annotations

import hmac
from ipaddress import ip_address

from webhooks.endpoints.reading import Environ

_BEARER = "bearer "
_PROXIED = (
    "HTTP_FORWARDED",
    "HTTP_VIA",
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_REAL_IP",
)
"""Headers by which a proxy says that it asks for somebody else (RFC 7239, RFC 9110 §7.6.3)."""


def may_see_details(environ: Environ, token: str) -> bool:
    """Say whether a request comes from an operator.

    With a token it is the token alone that counts, in constant time: behind a proxy on this machine
    every peer is loopback. Without one it is a peer on loopback that no proxy asks for.

    Args:
        environ: the request.
        token: `web.status_token`; empty when none is configured.
    """
    if token:
        given = str(environ.get("HTTP_AUTHORIZATION", ""))
        value = given[len(_BEARER) :] if given[: len(_BEARER)].lower() == _BEARER else ""
        return hmac.compare_digest(value.encode("latin-1", "replace"), token.encode())
    return _is_loopback(str(environ.get("REMOTE_ADDR", ""))) and not any(name in environ for name in _PROXIED)


def _is_loopback(address: str) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return (mapped or found).is_loopback
