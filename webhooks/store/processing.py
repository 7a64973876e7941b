"""CLAIM, EXTEND, RECORD, FINISH, FAIL, SHRINK and RELEASE: what a worker does with an event."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from webhooks.lifecycle import State
from webhooks.store.admission import GRACE
from webhooks.store.connection import Argument, Connection
from webhooks.store.content import COMPRESS_FROM, pack
from webhooks.store.message import hint
from webhooks.store.record import HandlerRecord, Record, to_record
from webhooks.store.scripts import Script

_CLAIM = Script("claim", shared=("lease",))
_EXTEND = Script("extend", when_full=True)
_RECORD = Script("record", when_full=True)
_FINISH = Script("finish", shared=("lease", "next"), when_full=True)
_FAIL = Script("fail", shared=("lease", "next"), when_full=True)
_RELEASE = Script("release", when_full=True)
_SHRINK = Script("shrink", when_full=True)


_STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def steady() -> float:
    """Return seconds of a clock that is never set and that, on Linux, goes on while the machine sleeps."""
    return time.clock_gettime(_STEADY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A lease on an event.

    Attributes:
        record: the event, its `attempt` being this one.
        fence: by what results are judged: a number that grows with each claim, and a random token,
            since a replica that is promoted may give a number again. Compared, never ordered.
        round: attempts since the event was admitted or last replayed, this one included.
        lost: whether the attempt before this one ended without a word of its worker.
        asked: when it was asked for, in seconds of `steady`: until `lease` seconds later it holds.
    """

    record: Record
    fence: str
    round: int
    lost: bool = False
    asked: float = field(default_factory=steady)


@dataclass(frozen=True, slots=True, kw_only=True)
class Buried:
    """The event had used up its attempts: each of them ended with its worker's death."""

    record: Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """There is nothing to do: the event has ended, is not due, is held by another, or is unknown.

    Attributes:
        state: the event's, or `unknown`.
        attempts: begun so far; by the last of them an event has succeeded that has.
    """

    state: str
    attempts: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """How long an event that has ended is kept, and how long its id is; both in seconds."""

    event: float
    key: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Onward:
    """How the next event is claimed in the step that records a result.

    Attributes:
        lease: for how many seconds.
        attempts: of an event that has used up as many, or more, the hint is left in the queue: by
            the policy of its source it may have to be buried.
    """

    lease: float
    attempts: int


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the store says to a result; true when it counts.

    Attributes:
        counts: False when another worker holds the event.
        next: the event that was claimed in the same step, if one was wanted and is there.
    """

    counts: bool
    next: Claim | None = None

    def __bool__(self) -> bool:
        """Whether the result counts."""
        return self.counts


def claim(
    connection: Connection, event_id: str, *, lease: float, max_attempts: int, keep: Keep
) -> Claim | Buried | Refused:
    """Take an event for `lease` seconds, unless another has it or nothing is to be done.

    Raises:
        Unavailable: see `Connection.execute`; the lease may have been given and then runs out.
    """
    reason = f"worker lost: {max_attempts} attempts were used up, the last without a word from its worker"
    asked = steady()
    reply = _CLAIM.run(
        connection, event_id, _ms(lease), max_attempts, _ms(keep.event), _ms(keep.key), reason, _token()
    )
    word = reply[0].decode()
    if word == "claimed":
        _, lost, fence, rounds, fields = reply
        return Claim(
            record=to_record(event_id, fields),
            fence=fence.decode(),
            round=rounds,
            lost=lost == 1,
            asked=asked,
        )
    if word == "dead":
        return Buried(record=to_record(event_id, reply[1]))
    return Refused(state=reply[1].decode(), attempts=int(reply[2]))


def extend(connection: Connection, event_id: str, fence: str, *, lease: float) -> bool:
    """Make the lease last `lease` seconds from now; False when another worker took the event.

    An event that this fence has ended or given back meanwhile stays as it is, and nothing is lost.
    """
    return bool(_EXTEND.run(connection, event_id, fence, _ms(lease)) == 1)


def record_handler(connection: Connection, event_id: str, fence: str, handler: HandlerRecord) -> bool:
    """Keep what one handler did; False when another worker holds the event."""
    return bool(_RECORD.run(connection, event_id, fence, *handler.to_pair()) == 1)


def finish(
    connection: Connection,
    event_id: str,
    fence: str,
    *,
    state: State,
    handlers: Iterable[HandlerRecord],
    keep: Keep,
    onward: Onward | None = None,
) -> Recorded:
    """End an event as `SUCCEEDED` or `UNHANDLED`, and claim the next as `onward` says.

    The same result may be offered again when its reply was lost: it counts once. The event that
    was claimed for a lost reply has its lease run out.
    """
    asked = steady()
    reply = _FINISH.run(
        connection,
        *(event_id, fence, state, _ms(keep.event), _ms(keep.key), *_wanted(onward)),
        *_pairs(handlers),
    )
    return _recorded(reply, asked)


def fail(
    connection: Connection,
    event_id: str,
    fence: str,
    *,
    error: str,
    wait: float | None,
    handlers: Iterable[HandlerRecord],
    keep: Keep,
    onward: Onward | None = None,
) -> Recorded:
    """Let an event wait `wait` seconds for its next attempt, or be dead when that is None.

    May be offered again and go on, as `finish`.
    """
    waiting: Argument = "" if wait is None else _ms(wait)
    asked = steady()
    reply = _FAIL.run(
        connection,
        *(event_id, fence, error, waiting, _ms(keep.event), _ms(keep.key), *_wanted(onward)),
        *_pairs(handlers),
    )
    return _recorded(reply, asked)


def release(connection: Connection, claimed: Claim, *, interrupted: bool) -> bool:
    """Give an event back to the queue, its attempt not counted; False when another holds it.

    The next attempt has a number of its own all the same.

    Args:
        connection: the way to Redis.
        claimed: the event.
        interrupted: whether a handler may have begun, and so what it did may be repeated.
    """
    event = claimed.record.event
    message = hint(event.id, source=event.source, type=event.type, attempt=event.attempt + 1)
    return bool(_RELEASE.run(connection, event.id, claimed.fence, _ms(GRACE), message, int(interrupted)) == 1)


def shrink(connection: Connection, claimed: Claim) -> bool:
    """Keep a dead event in less room, since it may wait for long; False when it is another's, or not dead.

    It is not done at the door, where it would take half as long again as all the rest.
    """
    event = claimed.record.event
    if len(event.body) >= COMPRESS_FROM:
        return False  # it was done there
    content = pack(event.method, event.url, event.headers, event.body, compress_from=0)
    return bool(_SHRINK.run(connection, event.id, claimed.fence, content) == 1)


def _wanted(onward: Onward | None) -> tuple[Argument, Argument, Argument]:
    return ("", "", "") if onward is None else (_ms(onward.lease), onward.attempts, _token())


def _token() -> str:
    """Return what makes a fence its claim's own: 64 random bits."""
    return os.urandom(8).hex()


def _recorded(reply: list[Any], asked: float) -> Recorded:
    if len(reply) == 1:
        return Recorded(reply[0] == 1)
    _, found, fence, rounds, fields = reply
    return Recorded(
        counts=True,
        next=Claim(record=to_record(found.decode(), fields), fence=fence.decode(), round=rounds, asked=asked),
    )


def _pairs(handlers: Iterable[HandlerRecord]) -> list[str]:
    return [text for handler in handlers for text in handler.to_pair()]


def _ms(seconds: float) -> int:
    return int(seconds * 1000)
