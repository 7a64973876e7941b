"""What a handshake is answered with, as data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from webhooks.event import Headers

LONGEST_ECHO = 2048
"""Characters of a challenge that are sent back; no provider's is half as long."""


class Answer(NamedTuple):
    """The answer to a handshake; nothing of it is an event.

    Attributes:
        status: the HTTP status.
        body: the bytes of the body.
        media: the content type, or None for no such header.
        headers: further headers.
        learned: a secret that the provider has just told us and that the operator must configure;
            given only while the source has none.
        fetch: a URL to get after answering, already found to be the provider's, or None.
        note: one sentence for the log, without any secret; empty when there is nothing to tell.
    """

    status: int = 200
    body: bytes = b""
    media: str | None = None
    headers: Headers = ()
    learned: str | None = None
    fetch: str | None = None
    note: str = ""


def echo(text: str) -> Answer | None:
    """Return an answer that repeats a text; None when it is too long to be a challenge.

    Plain text that no browser takes for anything else: who chose it need not be the provider.
    """
    if len(text) > LONGEST_ECHO:
        return None
    return Answer(
        body=text.encode("utf-8", "replace"),
        media="text/plain; charset=utf-8",
        headers=(("X-Content-Type-Options", "nosniff"),),
    )


def echo_json(document: Mapping[str, Any]) -> Answer:
    """Return an answer with a JSON body."""
    return Answer(body=json.dumps(document).encode(), media="application/json; charset=utf-8")
