"""The loop of a web process, the greenlets that run on it, and the threads for what may block.

A greenlet is a piece of ordinary, synchronous code that can be left and entered again. One that
waits for Redis or for a thread switches away, and the loop goes on with the others.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar, cast

from greenlet import getcurrent, greenlet

from webhooks.errors import Unavailable
from webhooks.serving.threads import FairThreads

T = TypeVar("T")

IDLE = 64
"""Greenlets that are kept for the next requests."""

ASIDES = 16
"""Threads for calls that wait for a disk, for a provider's key, or that diagnose a refusal."""

INFLATING = 1
"""Threads that inflate. They do so without Python's lock: more of them would take the cores from the loop."""

NO_KEY = ""
"""Whose calls those of no source are."""


class _Greenlet(greenlet):  # type: ignore[misc]
    """A greenlet that knows for which source it runs."""

    key = NO_KEY


class Hub:
    """What the requests of one process run on."""

    def __init__(self) -> None:
        """Be there; nothing runs before `start`."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._main: greenlet | None = None
        self._thread: int | None = None
        self._requests: FairThreads | None = None
        self._asides: FairThreads | None = None
        self._inflating: FairThreads | None = None
        self._local = threading.local()
        self._running = 0
        self._idle: list[greenlet] = []
        """Greenlets that wait for a call."""
        self._waiting: set[Future[Any]] = set()
        """What threads wait for."""
        self.quiet = asyncio.Event()
        """Set while no request runs: also after its answer there may be something left to do."""
        self.quiet.set()

    def start(self, loop: asyncio.AbstractEventLoop, *, threads: int) -> None:
        """Belong to a loop that runs, or will run, in this thread.

        Args:
            loop: the loop.
            threads: how many requests are run by threads as a whole at once.
        """
        self._loop = loop
        self._main = getcurrent()
        self._thread = threading.get_ident()
        # Several pools: what waits long in one must not keep another's from beginning.
        self._requests = FairThreads(threads, name="request")
        self._asides = FairThreads(ASIDES, name="aside")
        self._inflating = FairThreads(INFLATING, name="inflating")

    def stop(self) -> None:
        """Run nothing more; whoever still waits in a thread is told that nothing will come."""
        for pool in (self._requests, self._asides, self._inflating):
            if pool is not None:
                pool.stop()
        self._loop = None
        for future in list(self._waiting):
            if not future.done():
                future.set_exception(_stopped())

    @property
    def started(self) -> bool:
        """Whether this process has a loop."""
        return self._loop is not None

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The loop.

        Raises:
            RuntimeError: there is none.
        """
        if self._loop is None:
            raise RuntimeError("this process runs no loop")
        return self._loop

    def spawn(self, call: Callable[[], None], key: str = NO_KEY) -> None:
        """Run `call` in a greenlet until it ends or first waits; only on the loop.

        Args:
            call: what to run.
            key: the source that it is for; what it has run by threads shares them with other sources.
        """
        self._begin()
        if self._idle:
            idle = self._idle.pop()
        else:
            idle = _Greenlet(self._run, self._main)
            idle.switch()
        idle.key = key
        idle.switch(call)

    def submit(self, call: Callable[[], None], key: str = NO_KEY) -> None:
        """Run `call` in a thread, which is free to wait; `key` as for `spawn`."""
        loop, pool = self.loop, self._requests

        def run() -> None:
            self._local.key = key
            call()

        if pool is not None:
            self._begin()
            pool.submit(run, key).add_done_callback(lambda _: loop.call_soon_threadsafe(self._end))

    def wait(self, begin: Callable[[Callable[[Any], object]], object]) -> Any:
        """Call `begin` on the loop with a function; return what that function is then called with.

        In a greenlet of the loop others run meanwhile. Any other thread waits.

        Raises:
            Unavailable: the loop ends before.
            RuntimeError: the loop itself would have to wait.
        """
        if threading.get_ident() != self._thread:
            return self._wait_in_thread(begin)
        current, main = getcurrent(), self._main
        if main is None or current is main:
            raise RuntimeError("only a greenlet may wait on the loop")
        begin(current.switch)
        return main.switch()

    def aside(self, call: Callable[[], T], /) -> T:
        """Return what `call` returns, run where it may block; see `webhooks.aside.Aside`."""
        pool, loop = self._asides, self._loop
        if pool is None or loop is None or threading.get_ident() != self._thread:
            return call()
        return self._result(call, pool, loop)

    def inflating(self, call: Callable[[], T], /) -> T:
        """Return what `call` returns, run by the one thread that inflates, whichever thread asks."""
        pool, loop = self._inflating, self._loop
        if pool is None or loop is None:
            return call()
        if threading.get_ident() != self._thread:
            return pool.submit(call, getattr(self._local, "key", NO_KEY)).result()
        return self._result(call, pool, loop)

    def _result(self, call: Callable[[], T], pool: FairThreads, loop: asyncio.AbstractEventLoop) -> T:
        """Run `call` in a thread of `pool` and let the loop go on until it has ended."""
        key = getattr(getcurrent(), "key", NO_KEY)

        def begin(resume: Callable[[Any], object]) -> None:
            pool.submit(call, key).add_done_callback(lambda done: loop.call_soon_threadsafe(resume, done))

        return cast("Future[T]", self.wait(begin)).result()

    def _wait_in_thread(self, begin: Callable[[Callable[[Any], object]], object]) -> Any:
        future: Future[Any] = Future()
        self._waiting.add(future)
        try:
            loop = self._loop
            if loop is None:
                raise _stopped()
            loop.call_soon_threadsafe(begin, future.set_result)
            return future.result()
        finally:
            self._waiting.discard(future)

    def _run(self) -> None:
        """Run calls one after another: each new greenlet would cost a stack from the system."""
        main, own = cast("greenlet", self._main), getcurrent()
        while True:
            # No argument of this function: it holds a whole request, and would live on with it.
            call: Callable[[], None] = main.switch()
            try:
                call()
            finally:
                self._end()
            del call
            if len(self._idle) >= IDLE:
                return
            self._idle.append(own)

    def _begin(self) -> None:
        self._running += 1
        self.quiet.clear()

    def _end(self) -> None:
        self._running -= 1
        if not self._running:
            self.quiet.set()


def _stopped() -> Unavailable:
    return Unavailable("this process is stopping")


HUB = Hub()
"""This process's own: gunicorn makes its worker and its application apart, and both need it."""
