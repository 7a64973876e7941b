"""An event as Redis holds it, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from webhooks.event import Event
from webhooks.lifecycle import State
from webhooks.store.content import Content, unpack

HANDLER = "handler:"
"""The start of the field that holds what a handler did."""

_NOTHING = Content("", "", (), b"")


class HandlerRecord(NamedTuple):
    """What one handler did with an event.

    Attributes:
        name: the handler's name, `<module>.<function>`.
        state: how its last run ended; one that succeeded never runs again.
        attempt: the attempt of the event at which that was.
        error: what went wrong, or an empty text.
    """

    name: str
    state: Literal["succeeded", "failed", "dead"]
    attempt: int
    error: str = ""

    def to_pair(self) -> tuple[str, str]:
        """Return the field and the value under which Redis keeps it."""
        value = {"state": self.state, "attempt": self.attempt, "error": self.error}
        return HANDLER + self.name, json.dumps(value)


class Record(NamedTuple):
    """The whole record of an event.

    Attributes:
        event: what was received; in a list without method, URL, headers and body.
        state: where it is in its life.
        handlers: what each handler did, by name.
        error: why it failed last, or an empty text.
        lease_until: while running, until when its worker holds it; seconds (UTC).
        next_at: while waiting, when the next attempt is due; seconds (UTC).
        ended_at: when it ended, whichever way; seconds (UTC).
        body_bytes: the size of the body; None when it was dropped and only the id is left.
        attempts_before: how many attempts it had when it was last replayed.
    """

    event: Event
    state: State
    handlers: tuple[HandlerRecord, ...]
    error: str
    lease_until: float | None
    next_at: float | None
    ended_at: float | None
    body_bytes: int | None
    attempts_before: int = 0

    @property
    def retired(self) -> bool:
        """Whether only the id is left, against redelivery."""
        return self.body_bytes is None


def to_record(event_id: str, reply: Sequence[bytes]) -> Record:
    """Read a record with its content or without: names and values in turn."""
    fields = {name.decode(): value for name, value in zip(reply[::2], reply[1::2], strict=True)}
    content = unpack(fields["content"]) if "content" in fields else _NOTHING
    return Record(
        event=Event(
            id=event_id,
            source=event_id.partition(":")[0],
            type=_text(fields, "type"),
            body=content.body,
            headers=content.headers,
            method=content.method,
            url=content.url,
            received_at=_seconds(fields, "received_at") or 0.0,
            attempt=int(fields.get("attempts", 0)),
            interrupted=int(fields.get("interrupted", 0)),
        ),
        state=State(_text(fields, "state")),
        handlers=tuple(
            HandlerRecord(name=name[len(HANDLER) :], **json.loads(value))
            for name, value in sorted(fields.items())
            if name.startswith(HANDLER)
        ),
        error=_text(fields, "error"),
        lease_until=_seconds(fields, "lease_until"),
        next_at=_seconds(fields, "next_at"),
        ended_at=_seconds(fields, "ended_at"),
        body_bytes=int(fields["size"]) if "size" in fields else None,
        attempts_before=int(fields.get("round", 0)),
    )


def _text(fields: Mapping[str, bytes], name: str) -> str:
    return fields.get(name, b"").decode("utf-8", "replace")


def _seconds(fields: Mapping[str, bytes], name: str) -> float | None:
    return int(fields[name]) / 1000 if name in fields else None
