"""What arrives and what it means: frozen, plain data, no I/O."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

Headers = tuple[tuple[str, str], ...]
"""Header names and values in the order in which they came, repeats kept, latin-1 decoded."""


def first_header(headers: Headers, name: str) -> str | None:
    """Return the first value of a header, whatever the case of its name, or None."""
    wanted = name.lower()
    size = len(wanted)
    for key, value in headers:
        # The length first: most headers are another, and need not be lowered to tell.
        if len(key) == size and key.lower() == wanted:
            return value
    return None


class Delivery(NamedTuple):
    """One HTTP request as it came.

    Attributes:
        method: the HTTP method, upper case.
        url: the full URL that the sender called, as far as we can know it.
        headers: see `Headers`.
        body: the exact bytes of the body.
        received_at: seconds since the epoch (UTC).
    """

    method: str
    url: str
    headers: Headers
    body: bytes
    received_at: float

    def header(self, name: str) -> str | None:
        """Return the first value of a header, whatever the case of its name, or None."""
        return first_header(self.headers, name)


class Event(NamedTuple):
    """One thing that happened, as a handler sees it.

    Attributes:
        id: `<source>:<the provider's own id>`; the idempotency key.
        source: the configured endpoint that received it.
        type: the provider's name for what happened, for example `invoice.paid`.
        body: the exact bytes that the provider signed.
        headers: see `Headers`.
        method: the HTTP method of the delivery.
        url: the URL of the delivery.
        received_at: seconds since the epoch (UTC).
        attempt: 1 for the first attempt to process it; 0 before any. No two attempts have one number.
        interrupted: how many attempts before this one were cut off without a word: the worker died, lost
            its lease or had to stop. A handler at work then may have had its effect, and repeats it now.
    """

    id: str
    source: str
    type: str
    body: bytes
    headers: Headers
    method: str
    url: str
    received_at: float
    attempt: int = 0
    interrupted: int = 0

    @property
    def idempotency_key(self) -> str:
        """Return the key to pass to whatever the handler calls: the same at each attempt."""
        return self.id

    def still_held(self) -> bool:
        """Return whether this attempt still has the event, to ask before an effect that cannot be repeated.

        False when its lease ran out and another worker may have the event, as after the process or its
        machine was stopped for long: the handler should return, for nothing of this attempt counts any more.

        A question costs a round trip to the store and extends the lease. While the store is away, the lease
        and a steady clock answer. True where no worker holds the event, as in a test of the handler.
        """
        return True

    def json(self) -> Any:
        """Parse the body as JSON.

        Raises:
            ValueError: the body is not JSON (or not UTF-8, -16 or -32).
            RecursionError: it is nested deeper than Python's parser goes.
        """
        return json.loads(self.body)

    def header(self, name: str) -> str | None:
        """Return the first value of a header, whatever the case of its name, or None."""
        return first_header(self.headers, name)
