"""Keeping `hookline up` whole: the embedded store beside the processes, and a full disk."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import requests

from webhooks.cli.backoff import Backoff
from webhooks.cli.embedded import EmbeddedStore, StoreFailed, StoreHeld
from webhooks.cli.lines import Lines
from webhooks.cli.posting import session_for
from webhooks.cli.room import has_room
from webhooks.cli.running import Running
from webhooks.cli.supervisor import Supervisor
from webhooks.errors import Unavailable
from webhooks.store.connection import RedisConnection
from webhooks.store.listing import count

READY = 30.0
"""Seconds after which it is said what is not there yet."""

PAUSE = 0.2
"""Seconds between two looks at what runs."""

AGAIN = 1.0
"""Seconds between two looks for room on a full disk."""

_OK = 200
_WANTS_LOGIN = 401

Say = Callable[[str], None]
Stopped = Sequence[int]
"""The signals to stop that have come; none as long as it is empty."""


class StoreKeeper:
    """Keeps the embedded store running until `hookline up` ends."""

    def __init__(self, store: EmbeddedStore, say: Say) -> None:
        """Keep `store`, which is not started yet; say what becomes of it."""
        self._store = store
        self._say = say
        self._backoff = Backoff()
        self._down = False
        self._full = False
        self._again_at = 0.0

    def start(self, stopped: Stopped) -> None:
        """Start the store and wait until it answers, however long it loads its data.

        Raises:
            StoreHeld: another server has the data.
            StoreFailed: it ended, though there is room on its disk.
        """
        while not stopped:
            await_room(self._store.folder, self._say, stopped)
            self._backoff.started(time.monotonic())
            self._store.start()
            while not stopped and self._store.running():
                if self._store.answers():
                    return
                time.sleep(0.02)
            if not stopped and has_room(self._store.folder):
                msg = f"the embedded Valkey did not start{self._store.last_words()}"
                raise StoreFailed(msg)

    def watch(self) -> None:
        """Start the store again when it has ended; call it a few times a second."""
        now = time.monotonic()
        if self._store.running():
            if self._backoff.steady(now):
                self._say("the store runs again")
            return
        if not self._down:
            self._ended(f"the store ended{self._store.last_words()}", now)
        elif now >= self._again_at:
            self._start_again(now)

    def running(self) -> bool:
        """Return whether the store's process is there."""
        return self._store.running()

    def _start_again(self, now: float) -> None:
        try:
            if not has_room(self._store.folder):
                self._wait_for_room(now)
                return
            self._full = False
            self._backoff.started(now)
            self._store.start(patience=0.0)
        except (StoreHeld, OSError) as error:
            self._ended(f"the store did not start: {error}", now)
            return
        self._down = False

    def _ended(self, what: str, now: float) -> None:
        self._down = True
        wait = self._backoff.ended(now)
        self._again_at = now + wait
        self._say(f"{what}; it is started again" + (f" in {wait:g} s" if wait else ""))

    def _wait_for_room(self, now: float) -> None:
        self._again_at = now + AGAIN
        if not self._full:
            self._say(_no_room(self._store.folder))
        self._full = True


def await_room(folder: Path, say: Say, stopped: Stopped) -> None:
    """Wait until something can be written to the disk of `folder`, and say so.

    Raises:
        OSError: nothing can be written there for another reason than room.
    """
    said = False
    while not stopped and not has_room(folder):
        if not said:
            say(_no_room(folder))
        said = True
        time.sleep(AGAIN)


def keep(
    supervisor: Supervisor,
    store: StoreKeeper | None,
    running: Running,
    lines: Lines,
    *,
    greeting: str,
    stopped: Stopped,
) -> None:
    """Keep everything running until it is stopped; show `greeting` once all of it runs."""
    begun = time.monotonic()
    look_at, greeted, said = begun, False, ""
    while not stopped:
        if store is not None:
            store.watch()
        supervisor.watch()
        now = time.monotonic()
        if not greeted and now >= look_at:
            missing = _missing(supervisor, store, running)
            if not missing:
                lines.show(greeting)
                greeted = True
            elif now - begun > READY:
                look_at = now + AGAIN
                if missing != said:
                    lines.say(f"Hookline is not whole yet: {missing}; the lines above say why")
                    said = missing
        time.sleep(PAUSE)


def _missing(supervisor: Supervisor, store: StoreKeeper | None, running: Running) -> str:
    """Return what is not there yet; an empty text when all is."""
    if store is not None and not store.running():
        return "the store does not run"
    if not _answers(f"{running.web}/readyz"):
        return f"the receiver does not answer at {running.web}/readyz"
    if not _sweeps(running.redis, supervisor.uptime("worker")):
        return "no worker looks for work"
    if not _answers(f"{running.flower}/healthcheck"):
        return f"Flower does not answer at {running.flower} (events are received and handled without it)"
    return ""


def _answers(url: str) -> bool:
    try:
        with session_for(url) as session:
            # Flower that has a password asks for it, here too.
            return session.get(url, timeout=1).status_code in (_OK, _WANTS_LOGIN)
    except requests.RequestException:
        return False


def _sweeps(url: str, within: float) -> bool:
    """Return whether a worker has swept `within` so many seconds."""
    connection = RedisConnection(url, timeout=1.0)
    try:
        return any(silence < within for silence in count(connection).workers.values())
    except Unavailable:
        return False
    finally:
        connection.close()


def _no_room(folder: Path) -> str:
    return f"the disk of {folder} is full: free some room; this goes on by itself as soon as there is some"
