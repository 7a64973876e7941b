"""Getting the keys and certificates that a request names by URL: bounded, remembered, never redirected.

Which URLs may be asked is the schemes' to decide; nothing arrives here before that. The request that
names one is not proven yet, so names that an attacker invents must not hurt a key that is in use:

- what was found is remembered apart from what was not, and what was used last is kept longest;
- a URL with nothing behind it rests alone; a host rests only when it does not answer at all;
- new URLs are fetched at a bounded rate for each host and never take the last place, which is for URLs
  that have a key.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from threading import Lock
from typing import TypeVar
from urllib.parse import urlsplit

from webhooks.aside import Aside, at_once
from webhooks.bucket import Bucket
from webhooks.errors import Unavailable

TIMEOUT = 2.0
"""Seconds for the connection and for each read."""

LARGEST = 64 * 1024
"""Bytes of the largest certificate or key set that is read."""

KEPT = 3600.0
"""Seconds for which what was fetched is used before it is fetched again."""

REST = 1.0
"""Seconds for which a host that did not answer, or a URL that answered with a fault, is left alone."""

MISSING = 10.0
"""Seconds for which a URL with nothing behind it is left alone: a key may be named before it is there."""

AT_ONCE = 4
"""URLs that are being fetched at the same time."""

NEW_AT_ONCE = AT_ONCE - 1
"""Of these, URLs that have no key yet."""

NEW_RATE, NEW_BURST = 5.0, 10
"""URLs without a key that are fetched from one host each second, and at once after a quiet time.

A key that its provider has changed is new too. Beyond half the burst lots are drawn, so that no timing takes
every token: while somebody invents 100 names a second, one in 20 of the deliveries that name the new key has
it fetched, and is proven with all that come after it.
"""

MOST = 64
"""URLs with a key that are remembered; as many of those without one, and of hosts."""

_OK = 200
_GONE = (403, 404, 410)

V = TypeVar("V")


class _NoAnswer(Unavailable):
    """The host did not answer."""


class Fetcher:
    """Gets https URLs; safe among threads."""

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        aside: Aside = at_once,
        draw: Callable[[], float] = random.random,
    ) -> None:
        """Begin with nothing remembered.

        Args:
            clock: seconds of a steady clock.
            aside: runs what waits for a network.
            draw: a number from 0 up to 1, for the lots.
        """
        self._clock = clock
        self._draw = draw
        self._aside = aside
        self._lock = Lock()
        self._kept: dict[str, tuple[float, bytes]] = {}
        """When each key was fetched, and the key; the one that was not used for longest is first."""
        self._missing: dict[str, float] = {}
        """Until when each URL with nothing behind it is left alone."""
        self._resting: dict[str, float] = {}
        """Until when each host and URL is left alone that did not answer, or with a fault."""
        self._buckets: dict[str, Bucket] = {}
        """How often new URLs of each host may be fetched."""
        self._fetching: dict[str, bool] = {}
        """The URLs that are being fetched, and whether each is new."""

    def __call__(self, url: str) -> bytes | None:
        """Return what is at `url`, or None when nothing is there.

        A key that is due to be fetched again is used as it is while another request fetches it.

        Raises:
            Unavailable: the other side does not answer, or not with a key, or too many others are
                being fetched.
        """
        now = self._clock()
        with self._lock:
            known = self._kept.get(url)
            if known is not None:
                _remember(self._kept, url, known)
                if now - known[0] < KEPT or url in self._fetching:
                    return known[1]
            if now < self._missing.get(url, now):
                return None
            self._begin(url, now, new=known is None)
        try:
            found = self._aside(lambda: self._get(url))
        except Unavailable as error:
            self._rest(url, now, host=isinstance(error, _NoAnswer))
            raise
        finally:
            with self._lock:
                del self._fetching[url]
        with self._lock:
            if found is None:
                self._kept.pop(url, None)
                _remember(self._missing, url, now + MISSING)
            else:
                _remember(self._kept, url, (now, found))
        return found

    def _begin(self, url: str, now: float, *, new: bool) -> None:
        """Take a place for a URL; only what is new waits for its host, and for others that are new.

        Raises:
            Unavailable: it cannot be fetched now.
        """
        host = urlsplit(url).netloc
        if url in self._fetching:
            raise _put_off("it is being fetched")
        if now < max(self._resting.get(url, now), self._resting.get(host, now) if new else now):
            raise _put_off("its host did not answer a moment ago")
        if len(self._fetching) >= AT_ONCE or (new and sum(self._fetching.values()) >= NEW_AT_ONCE):
            raise _put_off("others are being fetched")
        if new:
            bucket = self._buckets.get(host) or Bucket(rate=NEW_RATE, burst=NEW_BURST, now=now)
            _remember(self._buckets, host, bucket)
            if self._draw() >= 2 * bucket.level(now):
                raise _put_off("too many others of its host were asked for")
            bucket.take()
        self._fetching[url] = new

    def _rest(self, url: str, now: float, *, host: bool) -> None:
        with self._lock:
            _remember(self._resting, url, now + REST)
            if host:
                _remember(self._resting, urlsplit(url).netloc, now + REST)

    def _get(self, url: str) -> bytes | None:
        # Most receivers never fetch a key: they start without what fetches it.
        import requests  # noqa: PLC0415

        try:
            with requests.Session() as session:
                # No proxy, no .netrc: the environment must not decide whom a key comes from.
                session.trust_env = False
                with session.get(url, timeout=TIMEOUT, allow_redirects=False, stream=True) as answer:
                    if answer.status_code in _GONE:
                        return None
                    if answer.status_code != _OK:
                        raise Unavailable(f"a key could not be fetched (status {answer.status_code})")
                    body = answer.raw.read(LARGEST + 1, decode_content=True)
        except requests.RequestException as error:
            raise _NoAnswer(f"a key could not be fetched ({type(error).__name__})") from error
        if len(body) > LARGEST:
            raise Unavailable(f"a key could not be fetched (more than {LARGEST} bytes)")
        return bytes(body)


def _remember(table: dict[str, V], key: str, value: V) -> None:
    """Put an entry last, in place of the first one where there are `MOST` already."""
    table.pop(key, None)
    if len(table) >= MOST:
        del table[next(iter(table))]
    table[key] = value


def _put_off(reason: str) -> Unavailable:
    return Unavailable(f"a key could not be fetched ({reason})")
