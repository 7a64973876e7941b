"""How often each secret of a source has proven a sender, and when it last did."""

from __future__ import annotations

from collections.abc import Mapping

from webhooks.store.connection import Connection
from webhooks.store.keys import KEYS


def secret_uses(connection: Connection, source: str) -> Mapping[str, tuple[int, float]]:
    """Return, by fingerprint, how often a secret was used and when last, in seconds since the epoch (UTC).

    A secret that was never used is not in it.

    Raises:
        Unavailable: the store does not answer.
    """
    reply = connection.execute("HGETALL", KEYS["secrets"] + source)
    fields = {name.decode(): int(value) for name, value in zip(reply[::2], reply[1::2], strict=True)}
    prints = {name.removesuffix(":count") for name in fields if name.endswith(":count")}
    return {one: (fields[f"{one}:count"], fields.get(f"{one}:last", 0) / 1000) for one in prints}
