"""The URL of the store: one meaning for redis-py, for kombu and for Flower, or refused."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult, parse_qs, urlencode, urlsplit, urlunsplit

TLS_OPTIONS = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile")
"""What a rediss:// URL may name: the operator's own CA, and a certificate of ours with its key."""

_DATABASE = re.compile(r"[0-9]{1,4}")
_ELSEWHERE = (
    *("db", "virtual_host", "timeout", "protocol", "max_connections", "health_check_interval"),
    *("username", "password", "client_name", "decode_responses", "retry_on_timeout", "credential_provider"),
)
"""Options that a client reads from a URL; none is a secret."""

_FORM = (
    "must be a redis://, rediss:// or unix:// URL, such as redis://user:password@host:6379/0, with what is "
    "special in a password percent-encoded and an IPv6 address in brackets"
)


def redis_url(value: Any) -> str:
    """Read a Redis URL with TCP, TLS or a Unix socket; return it in the spelling that all clients read.

    The database of TCP stands in the path, that of a Unix socket in `?db=`. redis-py, kombu and
    Flower differ in which options of a URL they know (`?db=3` is kombu's TypeError), and in which
    they obey, so that an option which is not named here is refused.

    One that no client could read is refused here: an error further on would quote pieces of it,
    and so of its password.
    """
    parts, options = _split(value)
    if parts.scheme == "unix":
        return _unix(parts, options)
    if not parts.hostname:
        raise ValueError(_FORM)
    _check_options(options, ("db", *TLS_OPTIONS) if parts.scheme == "rediss" else ("db",))
    path, query = _database(parts.path[1:]), _database(options.pop("db", ""))
    if path and query and path != query:
        msg = f"names two databases, {path} in its path and {query} in db: keep one"
        raise ValueError(msg)
    _check_files(options)
    database = path or query
    return urlunsplit(
        parts._replace(path=f"/{database}" if database else "", query=urlencode(options, safe="/"))
    )


def _split(value: Any) -> tuple[SplitResult, dict[str, str]]:
    """Return the parts and the options of a URL whose form is right."""
    if not isinstance(value, str) or re.search(r"\s", value):
        raise ValueError(_FORM)
    try:
        parts = urlsplit(value)
        found = parse_qs(parts.query, strict_parsing=bool(parts.query), keep_blank_values=True)
        port = parts.port
    except ValueError:
        raise ValueError(_FORM) from None
    if parts.scheme not in ("redis", "rediss", "unix") or "://" not in value or port == 0 or parts.fragment:
        raise ValueError(_FORM)
    for name, given in found.items():
        if len(given) > 1:
            msg = f"has the option {_shown(name)} more than once: keep one"
            raise ValueError(msg)
    return parts, {name: given[0] for name, given in found.items()}


def _unix(parts: SplitResult, options: Mapping[str, str]) -> str:
    if parts.hostname or parts.path in ("", "/"):
        msg = "must name the socket by its whole path, such as unix:///run/redis.sock?db=0"
        raise ValueError(msg)
    _check_options(options, ("db",))
    database = _database(options.get("db", ""))
    return f"unix://{parts.netloc}{parts.path}" + (f"?db={database}" if database else "")


def _database(text: str) -> str:
    """Return a database's number without leading zeros, by which kombu names its channels."""
    if text and not _DATABASE.fullmatch(text):
        raise ValueError(_FORM)
    return str(int(text)) if text else ""


def _check_options(options: Mapping[str, str], known: tuple[str, ...]) -> None:
    for name in options:
        if name not in known:
            reason = (
                "certificates are always verified"
                if name.startswith("ssl_")
                else "redis.timeout bounds each answer, and name and password stand before the host"
            )
            msg = f"has the option {_shown(name)}; it takes {', '.join(known)} and no other: {reason}"
            raise ValueError(msg)


def _shown(name: str) -> str:
    """Return an option that some client knows; another may be a piece of a password."""
    return name if name in _ELSEWHERE or name.startswith(("ssl_", "socket_")) else "(not shown)"


def _check_files(options: Mapping[str, str]) -> None:
    for name, path in options.items():
        if not os.access(path, os.R_OK):
            msg = f"names a file in {name} that cannot be read: create it, or correct the path"
            raise ValueError(msg)
