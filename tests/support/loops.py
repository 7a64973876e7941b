"""A loop in a thread of its own, as a web process has one, for what runs on it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import TypeVar

import uvloop

from webhooks.serving.hub import NO_KEY, Hub

T = TypeVar("T")


@contextmanager
def running_hub(*, threads: int = 4) -> Iterator[Hub]:
    """Run a hub until the block ends."""
    hub = Hub()
    loop = uvloop.new_event_loop()
    started = threading.Event()

    def run() -> None:
        asyncio.set_event_loop(loop)
        hub.start(loop, threads=threads)
        loop.call_soon(started.set)
        loop.run_forever()
        hub.stop()
        loop.close()

    thread = threading.Thread(target=run, name="loop")
    thread.start()
    started.wait()
    try:
        yield hub
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


def begin(hub: Hub, call: Callable[[], T], key: str = NO_KEY) -> Future[T]:
    """Run `call` in a greenlet of the hub, as a request for the source `key` is run."""
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(call())
        except Exception as error:  # noqa: BLE001 - whoever waits is to see it
            future.set_exception(error)

    hub.loop.call_soon_threadsafe(hub.spawn, run, key)
    return future
