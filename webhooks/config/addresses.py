"""Hosts and ports: how they are configured, listened on, and spelled in a URL (RFC 3986, section 3.2.2)."""

from __future__ import annotations

import ipaddress
import re
from typing import Any

_NAME = re.compile(r"(?=.{1,253}\Z)[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*\.?")


def host(value: Any) -> str:
    """Read a host: a name or an address without a port; an IPv6 address with or without brackets."""
    found = value.strip().lower() if isinstance(value, str) else ""
    bare = found[1:-1] if found.startswith("[") and found.endswith("]") else found
    address = _address(bare)
    if address is not None and (bare == found or address.version == 6):  # noqa: PLR2004 - IPv6
        return bare
    if not _NAME.fullmatch(found) or found.replace(".", "").isdigit():
        msg = f"must be a host without a port, such as 0.0.0.0, ::1 or localhost, got {value!r}"
        raise ValueError(msg)
    return found


def netloc(host: str, port: int) -> str:
    """Return host and port as a URL has them: an IPv6 address stands in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def local_url(host: str, port: int) -> str:
    """Return the URL at which this machine reaches what listens on `host`, without a path.

    What listens on every address is reached on loopback.
    """
    address = _address(host)
    if address is not None and address.is_unspecified:
        host = "127.0.0.1" if address.version == 4 else "::1"  # noqa: PLR2004 - IPv4
    return f"http://{netloc(host, port)}"


def is_loopback(host: str) -> bool:
    """Return whether only this machine reaches what listens on `host`."""
    address = _address(host.strip("[]"))
    return host.lower().rstrip(".") == "localhost" or (address is not None and address.is_loopback)


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None
