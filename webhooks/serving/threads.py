"""Threads that several sources share, so that a flood for one of them delays only its own calls."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import Any, TypeVar

T = TypeVar("T")

_Job = tuple["Future[Any]", Callable[[], Any]]


class FairThreads:
    """A pool that takes its calls from one queue per key, in rotation.

    One thread is never given to a key that has all others: a call that waits for seconds then keeps
    no other key's from beginning. A pool of one thread only rotates.
    """

    def __init__(self, threads: int, *, name: str) -> None:
        """Run at most `threads` calls at once, in threads whose names begin with `name`."""
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._most = max(1, threads - 1)
        self._lock = Lock()
        self._waiting: dict[str, deque[_Job]] = {}
        """The queues that are not empty, the one whose turn is next first."""
        self._running: Counter[str] = Counter()

    def submit(self, call: Callable[[], T], key: str) -> Future[T]:
        """Run `call` when it is the turn of `key`; return what will have its result."""
        future: Future[T] = Future()
        with self._lock:
            self._waiting.setdefault(key, deque()).append((future, call))
        self._pool.submit(self._work)
        return future

    def stop(self) -> None:
        """Begin no more calls and cancel those that wait; those that run go on."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        with self._lock:
            waiting = [future for queue in self._waiting.values() for future, _ in queue]
            self._waiting.clear()
        for future in waiting:
            future.cancel()

    def _work(self) -> None:
        """Run calls until none may begin: a key that had all its threads is looked at as each ends."""
        while (found := self._next()) is not None:
            key, job = found
            _run(*job)
            # It holds a whole request, which must not live on while this thread waits.
            del found, job
            with self._lock:
                self._running[key] -= 1
                if not self._running[key]:
                    del self._running[key]

    def _next(self) -> tuple[str, _Job] | None:
        with self._lock:
            for key, queue in self._waiting.items():
                if self._running[key] < self._most:
                    job = queue.popleft()
                    del self._waiting[key]
                    if queue:
                        self._waiting[key] = queue
                    self._running[key] += 1
                    return key, job
        return None


def _run(future: Future[Any], call: Callable[[], Any]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        future.set_result(call())
    except BaseException as error:  # noqa: BLE001 - whoever waits for the result gets it
        future.set_exception(error)
    finally:
        # The error's traceback holds this frame, and so the future that holds the error.
        del future
