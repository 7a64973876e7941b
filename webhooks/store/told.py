"""Secrets that a provider's handshake has told us; one is never replaced by another."""

from __future__ import annotations

from webhooks.store.connection import Connection
from webhooks.store.keys import KEYS


def keep_told(connection: Connection, source: str, secret: str) -> bool:
    """Keep the secret of a source; False when it has one already, which stays.

    Raises:
        Unavailable: see `Connection.execute`.
    """
    return connection.execute("SET", KEYS["told"] + source, secret, "NX") is not None


def find_told(connection: Connection, source: str) -> str | None:
    """Return the secret that a source was told, or None.

    Raises:
        Unavailable: see `Connection.execute`.
    """
    found = connection.execute("GET", KEYS["told"] + source)
    return None if found is None else str(found.decode())
