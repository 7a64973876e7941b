"""Getting the keys and certificates that a request names by URL: bounded, remembered, never redirected.

Which URLs may be asked is the schemes' to decide; nothing arrives here before that.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import BoundedSemaphore, Lock
from urllib.parse import urlsplit

from webhooks.aside import Aside, at_once
from webhooks.errors import Unavailable

TIMEOUT = 2.0
"""Seconds for the connection and for each read."""

LARGEST = 64 * 1024
"""Bytes of the largest certificate or key set that is read."""

KEPT = 3600.0
"""Seconds for which what was fetched is used again."""

REST = 1.0
"""Seconds for which a host is left alone after it was asked in vain."""

AT_ONCE = 4
"""URLs that are being fetched at the same time: whoever names them is not proven yet."""

MOST = 64
"""URLs that are remembered."""

_OK = 200
_GONE = (403, 404, 410)

Get = Callable[[str], bytes | None]


class Fetcher:
    """Gets https URLs; safe among threads."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic, aside: Aside = at_once) -> None:
        """Begin with nothing remembered; `clock` gives seconds, `aside` runs what waits for a network."""
        self._clock = clock
        self._aside = aside
        self._places = BoundedSemaphore(AT_ONCE)
        self._lock = Lock()
        self._kept: dict[str, tuple[float, bytes | None]] = {}
        self._resting: dict[str, float] = {}

    def __call__(self, url: str) -> bytes | None:
        """Return what is at `url`, or None when nothing is there.

        Raises:
            Unavailable: the other side does not answer, or not with a key.
        """
        now = self._clock()
        with self._lock:
            known = self._kept.get(url)
        if known is not None and now - known[0] < KEPT:
            return known[1]
        found = self._ask(url, now)
        with self._lock:
            if len(self._kept) >= MOST:
                self._kept.pop(min(self._kept, key=lambda kept: self._kept[kept][0]))
            self._kept[url] = (now, found)
        return found

    def _ask(self, url: str, now: float) -> bytes | None:
        """Get a URL, unless its host was asked in vain a moment ago.

        The request that names it is not proven yet: a flood of made-up names must cost neither the
        provider nor our threads more than one try a second.
        """
        host = urlsplit(url).netloc
        with self._lock:
            if now < self._resting.get(host, now):
                raise Unavailable("a key could not be fetched (its host was asked in vain a moment ago)")
        if not self._places.acquire(blocking=False):
            raise Unavailable("a key could not be fetched (others are being fetched)")
        found = None
        try:
            found = self._aside(lambda: self._get(url))
        finally:
            self._places.release()
            if found is None:
                with self._lock:
                    self._resting[host] = now + REST
        return found

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
            raise Unavailable(f"a key could not be fetched ({type(error).__name__})") from error
        if len(body) > LARGEST:
            raise Unavailable(f"a key could not be fetched (more than {LARGEST} bytes)")
        return bytes(body)
