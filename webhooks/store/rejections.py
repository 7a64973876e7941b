"""Why deliveries were refused: the newest of them, each for a day."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from webhooks.store.connection import Argument, Connection
from webhooks.store.keys import KEYS
from webhooks.store.scripts import Script

MOST = 1000
"""Rejections that are kept, of all sources together."""

KEEP = 86400.0
"""Seconds for which each is kept."""

ALL = "*"
"""What the script takes for all sources; none has that name."""

_REJECT = Script("reject")
_REJECTIONS = Script("rejections")


class Rejection(NamedTuple):
    """One refused delivery and its diagnosis. No value of a header is in it.

    Attributes:
        source: the source that it was sent to, or an empty text where there is none of that name.
        code: the code with which it was refused.
        cause: what the diagnosis found, or the same code.
        sentence: what is wrong, without a full stop.
        cure: what to do.
        method: the HTTP method; empty when the request was not read.
        path: the path, without the query.
        headers: the names of the headers, in their order.
        body_bytes: the size of the body; None when the request was not read.
        body: the body, where it was asked to keep it.
        not_kept: refusals of the same source that one receiver process did not keep before this one.
        number: which one it is, from 1; 0 before it is kept.
        at: the store's time when it was kept, in seconds since the epoch (UTC).
        has_body: whether its body was kept.
    """

    source: str
    code: str
    cause: str
    sentence: str
    cure: str
    method: str = ""
    path: str = ""
    headers: tuple[str, ...] = ()
    body_bytes: int | None = None
    body: bytes | None = None
    not_kept: int = 0
    number: int = 0
    at: float = 0.0
    has_body: bool = False


def keep_rejections(
    connection: Connection, rejections: Sequence[Rejection], *, most: int = MOST, keep: float = KEEP
) -> list[int]:
    """Keep rejections in one step and return their numbers.

    Args:
        connection: the way to Redis.
        rejections: in the order in which they happened.
        most: how many are kept in all; the oldest go.
        keep: seconds for which these are kept.

    Raises:
        Unavailable: nothing is promised.
    """
    arguments: list[Argument] = [most, int(keep * 1000)]
    for one in rejections:
        has_body = one.body is not None
        arguments += (one.source, _facts(one), int(has_body), b"" if one.body is None else one.body)
    return [int(number) for number in _REJECT.run(connection, *arguments)]


def list_rejections(
    connection: Connection, *, source: str | None = None, limit: int = MOST
) -> list[Rejection]:
    """Return the newest rejections first, without their bodies.

    Args:
        connection: the way to Redis.
        source: the source that refused them; empty for names that no source has, None for all.
        limit: at most so many.

    Raises:
        Unavailable: see `Connection.execute`.
    """
    found = _REJECTIONS.run(connection, ALL if source is None else source, limit)
    return [
        _rejection(number, at, name, facts, has_body=bool(has_body))
        for number, at, name, facts, has_body in found
    ]


def find_rejection(connection: Connection, number: int) -> Rejection | None:
    """Return one rejection, with its body where that was kept, or None when it is gone.

    Raises:
        Unavailable: see `Connection.execute`.
    """
    key = f"{KEYS['rejection']}{number}"
    at, name, facts, body = connection.execute("HMGET", key, "at", "source", "facts", "body")
    if at is None:
        return None
    found = _rejection(str(number).encode(), at, name, facts, has_body=body is not None)
    return found._replace(body=body)


def _facts(one: Rejection) -> str:
    facts = one._asdict()
    for name in ("source", "body", "number", "at", "has_body"):
        del facts[name]
    return json.dumps(facts, separators=(",", ":"))


def _rejection(number: bytes, at: bytes, source: bytes, facts: bytes, *, has_body: bool) -> Rejection:
    known: dict[str, Any] = json.loads(facts)
    return Rejection(
        **{**known, "headers": tuple(known["headers"])},
        source=source.decode(),
        number=int(number),
        at=int(at) / 1000,
        has_body=has_body,
    )
