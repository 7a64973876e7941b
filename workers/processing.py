"""One event, once: claim it, run what has not succeeded yet, record the decision."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import TypeVar

from webhooks.config import Retry as RetryPolicy
from webhooks.config import Settings
from webhooks.errors import Unavailable
from webhooks.event import Event
from webhooks.lifecycle import State
from webhooks.store.connection import Connection
from webhooks.store.processing import (
    Buried,
    Claim,
    Keep,
    Onward,
    Recorded,
    Refused,
    claim,
    fail,
    finish,
    record_handler,
    release,
    shrink,
)
from webhooks.telemetry.log import log_step
from webhooks.telemetry.sentry import Problem, Sentry, Subject
from workers.handlers import Registry
from workers.in_hand import in_hand
from workers.lease import LeaseKeeper
from workers.outcome import LOST, Failure, Result, combine, line, sentence
from workers.retries import GiveUp
from workers.running import Run, Runner
from workers.stopping import Stopping, StopSwitch

INSIST = 60.0
"""Seconds for which a result is offered to a store that is away, before the event runs again."""

T = TypeVar("T")


def alone() -> Onward | None:
    """Want no other event after this one."""
    return None


class Processor:
    """Processes events, one at a time."""

    def __init__(
        self,
        settings: Settings,
        connection: Connection,
        registry: Registry,
        keeper: LeaseKeeper,
        sentry: Sentry,
        switch: StopSwitch,
        *,
        dice: Callable[[], float] = random.random,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        """Process with the given handlers, store and settings.

        Args:
            settings: the configuration.
            connection: the way to Redis.
            registry: the handlers.
            keeper: keeps the lease of the event in hand.
            sentry: where failures are reported.
            switch: decides what a signal to stop interrupts.
            dice: draws the jitter, evenly from 0 to 1.
            pause: waits a number of seconds between two offers of a result.
        """
        self._settings = settings
        self._connection = connection
        self._registry = registry
        self._keeper = keeper
        self._sentry = sentry
        self._switch = switch
        self._pause = pause
        self._runner = Runner(switch, secrets=settings.secret_texts(), dice=dice)

    def process(
        self,
        event_id: str,
        onward: Callable[[], Onward | None] = alone,
        lost: Callable[[Event], object] = lambda _: None,
    ) -> Result:
        """Make one attempt at an event.

        Args:
            event_id: which.
            onward: asked when the result is about to be recorded, how the next event is to be
                claimed in the same step.
            lost: hears of the event when the attempt before this one ended without a word of its worker.

        Raises:
            Unavailable: the store was away when the event was to be claimed, or longer than
                `INSIST` when the result was to be recorded.
            Stopping: the process is to stop; the event was given back.
        """
        with self._switch.careful():
            source = event_id.partition(":")[0]
            policy = self._policy(source)
            claimed = claim(
                self._connection,
                event_id,
                lease=self._settings.worker.lease,
                max_attempts=policy.attempts,
                keep=self._keep(source, State.DEAD),
            )
            if isinstance(claimed, Refused):
                log_step("refused", level=logging.DEBUG, event=event_id, state=claimed.state)
                done = claimed.state in (State.SUCCEEDED, State.UNHANDLED)
                return Result(state=None, done=claimed.attempts if done else 0)
            if isinstance(claimed, Buried):
                return self._bury(claimed)
            if claimed.lost:
                self._say_lost(claimed.record.event)
                lost(claimed.record.event)
            return self._attempt(claimed, onward)

    def go_on(self, claimed: Claim, onward: Callable[[], Onward | None]) -> Result:
        """Make one attempt at an event that was claimed already; see `process`."""
        with self._switch.careful():
            return self._attempt(claimed, onward)

    def _attempt(self, claimed: Claim, onward: Callable[[], Onward | None]) -> Result:
        started = time.perf_counter()
        event = claimed.record.event
        policy = self._policy(event.source)
        handlers = self._registry.matching(event.source, event.type)
        try:
            with self._keeper.hold(claimed):
                with in_hand(event):
                    run = self._runner.run(
                        handlers,
                        claimed,
                        policy,
                        remember=lambda record: self._insist(
                            lambda: record_handler(self._connection, event.id, claimed.fence, record)
                        ),
                        still_held=lambda: self._keeper.holds(claimed),
                    )
                result = self._record(claimed, run, combine(run.failures, handled=bool(handlers)), onward)
        except Stopping as stop:
            self.give_back(claimed, interrupted=stop.interrupted)
            raise
        result = replace(result, event=event, duration=time.perf_counter() - started)
        self._tell(result, first=claimed.round == 1 and not claimed.record.attempts_before)
        return result

    def give_back(self, claimed: Claim, *, interrupted: bool = False) -> None:
        """Put an event back into the queue, its attempt not counted; see `release`."""
        event = claimed.record.event
        try:
            released = release(self._connection, claimed, interrupted=interrupted)
        except Unavailable as error:
            # The process stops all the same; another takes the event when the lease has run out.
            log_step("unreleased", level=logging.WARNING, event=event.id, reason=str(error))
            return
        if released:
            log_step(
                "released",
                event=event.id,
                source=event.source,
                type=event.type,
                attempt=event.attempt,
            )

    def _say_lost(self, event: Event) -> None:
        log_step(
            "lost",
            level=logging.WARNING,
            event=event.id,
            source=event.source,
            type=event.type,
            attempt=event.attempt - 1,
            reason=LOST,
        )

    def _record(
        self, claimed: Claim, run: Run, result: Result, onward: Callable[[], Onward | None]
    ) -> Result:
        """Record the decision; a result whose lease is another's changes nothing."""
        event, state = claimed.record.event, result.state
        keep = self._keep(event.source, state)
        # By the first offer alone: a later one may come long after the time for going on.
        offers = iter((onward(),))

        def offer() -> Recorded:
            wanted = next(offers, None)
            if state in (State.SUCCEEDED, State.UNHANDLED):
                return finish(
                    self._connection,
                    event.id,
                    claimed.fence,
                    state=state,
                    handlers=run.records,
                    keep=keep,
                    onward=wanted,
                )
            return fail(
                self._connection,
                event.id,
                claimed.fence,
                error=sentence(result.failure) if result.failure is not None else "",
                wait=result.wait,
                handlers=run.records,
                keep=keep,
                onward=wanted,
            )

        recorded = self._insist(offer)
        if recorded:
            if state is State.DEAD:
                self._shrink(claimed)
            return replace(result, next=recorded.next)
        # Whatever stopped it for so long, this process takes no other event.
        self._keeper.lost(claimed)
        return Result(state=None)

    def _shrink(self, claimed: Claim) -> None:
        # If the store is away, the event stays as large as it is.
        with suppress(Unavailable):
            shrink(self._connection, claimed)

    def _bury(self, buried: Buried) -> Result:
        """Tell of an event that no attempt brought to a word."""
        error = buried.record.error
        problem = Problem(kind="WorkerLost", message=error)
        failure = Failure(handler="", problem=problem, decision=GiveUp(error))
        result = Result(state=State.DEAD, failure=failure, event=buried.record.event)
        self._tell(result)
        return result

    def _tell(self, result: Result, *, first: bool = False) -> None:
        event, failure = result.event, result.failure
        if result.state is None or event is None:
            return
        log_step(
            result.state,
            level=logging.INFO if failure is None else logging.WARNING,
            event=event.id,
            source=event.source,
            type=event.type,
            attempt=event.attempt,
            interrupted=event.interrupted or None,
            duration=result.duration,
            handler=failure.handler if failure is not None else None,
            reason=line(failure.problem) if failure is not None else None,
            retry_in=result.wait,
        )
        if failure is None:
            return
        subject = Subject(
            event=event.id,
            source=event.source,
            type=event.type,
            handler=failure.handler,
            attempts=event.attempt,
        )
        if result.state is State.DEAD:
            self._sentry.dead(subject, failure.problem)
        elif first:
            self._sentry.failed_first(subject, failure.problem)

    def _policy(self, source: str) -> RetryPolicy:
        known = self._settings.sources.get(source)
        # A source that was taken out of the configuration may still have events.
        return known.retry if known is not None else self._settings.retry

    def _keep(self, source: str, state: State | None) -> Keep:
        known = self._settings.sources.get(source)
        retention = self._settings.retention
        ended = {State.SUCCEEDED: retention.succeeded, State.UNHANDLED: retention.unhandled}
        return Keep(
            event=retention.dead if state is None else ended.get(state, retention.dead),
            key=known.key_retention if known is not None else retention.key,
        )

    def _insist(self, offer: Callable[[], T]) -> T:
        """Offer a result until the store takes it: the effect has happened and must not again."""
        waited, wait = 0.0, 0.1
        while True:
            try:
                return offer()
            except Unavailable:
                if waited >= INSIST:
                    raise
                self._pause(wait)
                waited += wait
                wait = min(2.0, wait * 2)
