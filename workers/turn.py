"""A turn: what one Celery message leads to, its own event and others that wait behind it.

Celery takes the better part of a millisecond to bring a message to a process and to acknowledge it.
A turn pays that once: the step that records a result also claims the next event of the queue.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from webhooks.errors import Unavailable
from webhooks.event import Event
from webhooks.store.processing import Claim, Onward
from webhooks.telemetry.log import log_step
from workers.outcome import Result
from workers.processing import Processor
from workers.settings import TURN
from workers.stopping import StopSwitch

LAST_WISH = 0.9 * TURN
"""Seconds after which no further event is asked for, so that the answer comes within `TURN`."""


class Teller(Protocol):
    """Who tells Flower of what Celery does not know of."""

    def began(self, event: Event, task_id: str) -> None:
        """Say that an attempt was received and has started."""

    def ended(self, result: Result, task_id: str) -> None:
        """Say what an attempt came to."""

    def lost(self, event: Event) -> None:
        """Say that the attempt before this one ended without a word of its worker."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the event that a turn's message was for.

    Attributes:
        result: of its attempt.
        told: whether Flower was told of it already, because the turn went on.
    """

    result: Result
    told: bool = False


class Turn:
    """Processes the event of a message and then those that wait, one at a time."""

    def __init__(
        self,
        processor: Processor,
        switch: StopSwitch,
        *,
        onward: Onward,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Go on as `onward` says until a turn has lasted `TURN` seconds by `clock`."""
        self._processor = processor
        self._switch = switch
        self._onward = onward
        self._clock = clock

    def run(self, event_id: str, *, task_id: str = "", teller: Teller | None = None) -> Outcome:
        """Make an attempt at an event, and at others while some wait and there is time.

        Args:
            event_id: the event that the message is for.
            task_id: the message's own.
            teller: hears of each event but the first, and of the first's end when others follow.

        Raises:
            Stopping: the process is to stop; the event in hand was given back.
        """
        started = self._clock()

        def onward() -> Onward | None:
            over = self._switch.requested or self._clock() - started > LAST_WISH
            return None if over else self._onward

        with self._switch.careful():
            lost = (lambda _: None) if teller is None else teller.lost
            first = result = _attempt(event_id, lambda: self._processor.process(event_id, onward, lost))
            told = False
            while (claimed := result.next) is not None:
                if self._switch.requested or self._clock() - started > TURN:
                    self._processor.give_back(claimed)
                    break
                if teller is not None and not told:
                    teller.ended(first, task_id)
                    told = True
                result = self._next(claimed, onward, teller)
        return Outcome(first, told)

    def _next(self, claimed: Claim, onward: Callable[[], Onward | None], teller: Teller | None) -> Result:
        event = claimed.record.event
        task_id = f"{event.id}.{event.attempt}"
        if teller is not None:
            teller.began(event, task_id)
        result = _attempt(event.id, lambda: self._processor.go_on(claimed, onward))
        if teller is not None:
            teller.ended(result, task_id)
        return result


def _attempt(event_id: str, attempt: Callable[[], Result]) -> Result:
    try:
        return attempt()
    except Unavailable as error:
        # The event is in the store, and due: whoever finds the store again takes it.
        log_step("unavailable", level=logging.ERROR, event=event_id, reason=str(error))
        return Result(state=None)
