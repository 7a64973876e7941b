"""Connecting to Redis as its URL says: by TCP, TLS or a Unix socket, by name and password."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from redis.connection import SSLConnection

NAME = "hookline"
"""As which the server lists the connection."""


async def dial(
    loop: asyncio.AbstractEventLoop, protocol: asyncio.Protocol, options: Mapping[str, Any]
) -> asyncio.WriteTransport:
    """Return a connection that `protocol` reads.

    Args:
        loop: the loop that it belongs to.
        protocol: what gets the replies.
        options: a URL's parts, as `redis.connection.parse_url` finds them.

    Raises:
        OSError: there is none (also `ssl.SSLError`).
    """
    if "path" in options:
        transport, _ = await loop.create_unix_connection(lambda: protocol, options["path"])
        return transport
    host = options.get("host", "localhost")
    transport, _ = await loop.create_connection(
        lambda: protocol, host, options.get("port", 6379), ssl=_context(options)
    )
    return transport


def greeting(options: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Return the commands with which a connection begins."""
    commands: list[tuple[str, ...]] = []
    password = options.get("password")
    if password:
        username = options.get("username")
        commands.append(("AUTH", username, password) if username else ("AUTH", password))
    if options.get("db"):
        commands.append(("SELECT", str(options["db"])))
    commands.append(("CLIENT", "SETNAME", NAME))
    return commands


def _context(options: Mapping[str, Any]) -> ssl.SSLContext | None:
    if options.get("connection_class") is not SSLConnection:
        return None
    return _load(options.get("ssl_ca_certs"), options.get("ssl_certfile"), options.get("ssl_keyfile"))


@lru_cache(maxsize=1)
def _load(authorities: str | None, certificate: str | None, key: str | None) -> ssl.SSLContext:
    """Return what TLS is to check, always the server's certificate and its name.

    Read once: the files are read on the loop, and the system's authorities take milliseconds.
    """
    context = ssl.create_default_context(cafile=authorities)
    if certificate:
        context.load_cert_chain(certificate, key)
    return context
