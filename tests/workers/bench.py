"""A processor over a real store, with plain functions for handlers and ears where it reports."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from tests.support.events import admit_one, event
from tests.support.life import record_of
from webhooks.config import Retry, Settings, Source, SourceSecret
from webhooks.config.sections import Redis, Worker
from webhooks.event import Event
from webhooks.providers.catalog import PROVIDERS
from webhooks.store.connection import Argument, Connection, NoScript
from webhooks.store.keys import KEYS
from webhooks.store.record import HandlerRecord, Record
from webhooks.telemetry.sentry import Problem, Sentry, Subject
from workers.handlers import Function, Registry
from workers.lease import LeaseKeeper
from workers.processing import Processor
from workers.runtime import onward_of
from workers.stopping import StopSwitch
from workers.turn import Turn

EVENT = "stripe:evt_1"
SECRET = "whsec_not_a_real_secret"
POLICY = Retry(attempts=3, first=10.0, factor=5.0, longest=1000.0)


class HeardSentry(Sentry):
    """Keeps what Sentry would be told."""

    def __init__(self) -> None:
        super().__init__(dsn="", environment="test", release="0")
        self.told: list[tuple[str, Subject, Problem]] = []

    def dead(self, subject: Subject, problem: Problem) -> None:
        self.told.append(("dead", subject, problem))

    def failed_first(self, subject: Subject, problem: Problem) -> None:
        self.told.append(("failed_first", subject, problem))

    @property
    def words(self) -> list[str]:
        return [word for word, _, _ in self.told]


class Tapped:
    """A connection that calls what it is given before and after each command, by its number.

    A script that the server does not know yet is sent again with its text, under the same number.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.before: Callable[[int], None] = lambda _: None
        self.after: Callable[[int], None] = lambda _: None
        self.commands = 0

    def execute(self, *command: Argument) -> Any:
        self.commands += 1
        number = self.commands
        self.before(number)
        try:
            reply = self._connection.execute(*command)
        except NoScript:
            self.commands -= 1
            raise
        self.after(number)
        return reply


def settings_for(url: str, *, lease: float = 60.0) -> Settings:
    source = Source(
        name="stripe",
        provider=PROVIDERS["stripe"],
        secrets=(SourceSecret(value=SECRET),),
        max_body=1024**2,
        retry=POLICY,
        key_retention=7200.0,
    )
    return Settings(
        redis=Redis(url=url),
        worker=Worker(lease=lease),
        retry=dataclasses.replace(POLICY, attempts=1),
        sources=MappingProxyType({"stripe": source}),
    )


def into(seen: list[Event]) -> Function:
    """A handler that keeps what it is given."""

    def handler(event: Event) -> None:
        seen.append(event)

    return handler


@dataclass
class Bench:
    """One worker process's parts, and what they did."""

    settings: Settings
    connection: Connection
    keeper: LeaseKeeper
    lost: list[str]
    registry: Registry = field(default_factory=Registry)
    sentry: HeardSentry = field(default_factory=HeardSentry)
    switch: StopSwitch = field(default_factory=StopSwitch)
    pauses: list[float] = field(default_factory=list)
    pause: Callable[[float], None] = lambda _: None
    clock: Callable[[], float] = time.monotonic

    @property
    def processor(self) -> Processor:
        return Processor(
            self.settings,
            self.connection,
            self.registry,
            self.keeper,
            self.sentry,
            self.switch,
            dice=lambda: 0.5,
            pause=self._pause,
        )

    @property
    def turn(self) -> Turn:
        return Turn(self.processor, self.switch, onward=onward_of(self.settings), clock=self.clock)

    def on(self, function: Function, type: str = "*", *, name: str = "") -> None:
        """Register a handler for the events of the source `stripe`."""
        if name:
            function.__qualname__ = name
        function.__module__ = "shop"
        self.registry.add("stripe", type, function)

    def admit(self, **changes: Any) -> Event:
        found = event("evt_1", **changes)
        admit_one(self.connection, found)
        return found

    def record(self) -> Record:
        return record_of(self.connection, EVENT)

    def handler(self, name: str) -> HandlerRecord:
        return next(handler for handler in self.record().handlers if handler.name == f"shop.{name}")

    def wait_over(self) -> None:
        """Let the wait of the event be over, as after that many seconds."""
        self.connection.execute("HSET", KEYS["event"] + EVENT, "next_at", 0)

    def _pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.pause(seconds)
