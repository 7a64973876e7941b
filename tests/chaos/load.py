"""Signed events at a steady rate, and what became of each request."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import threading
import time
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from statistics import quantiles

from tests.chaos.content import fingerprint
from tests.chaos.resting import rest

SOURCE = "lab"
SECRET = "fake-laboratory-secret"
CONFIG = f"""
[sources.{SOURCE}]
provider = "hmac"
secrets = ["{SECRET}"]
event_id = "header:X-Lab-Id"
event_type = "json:/type"
signature = {{ header = "X-Lab-Signature" }}
"""
PAUSE = 0.3
"""Seconds after which a delivery that was not acknowledged is sent again."""

TIMEOUT = 30.0
"""Seconds that an answer is waited for: far more than any may take."""


class Load:
    """Posts events from several connections until it is stopped."""

    def __init__(
        self, port: int, *, rate: float, connections: int = 8, size: int = 1000, kinds: Sequence[str] = ()
    ) -> None:
        """Post `rate` events a second of `size` bytes to the receiver on `port`.

        Where `kinds` of poison are named, one event in a hundred is poisonous, each kind in turn.
        """
        self._kinds = kinds
        self.poisoned: list[str] = []
        """The names of the poisonous events that were acknowledged."""
        self._port = port
        self._gap = connections / rate
        self._filling = "x" * size
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._again: deque[tuple[float, str]] = deque()
        self._made = 0
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(connections)]
        self.acknowledged: list[str] = []
        self.posted: dict[str, str] = {}
        """The fingerprint of each event that was posted, by its id."""
        self.statuses: Counter[int] = Counter()
        self.silent = 0
        """Refusals that did not say by Retry-After when to come again."""
        self.seconds: list[float] = []
        """How long each answer took, whatever its status."""

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Make no new events, and end when each that was made has been acknowledged.

        Raises:
            AssertionError: some are not acknowledged however often they are sent.
        """
        self._stopping.set()
        rest(self._left, what="deliveries are")
        for thread in self._threads:
            thread.join()

    def _left(self) -> int:
        """Return how many events are not acknowledged yet."""
        with self._lock:
            return len(self._again) + sum(thread.is_alive() for thread in self._threads)

    def admitted(self, posted: Mapping[str, str]) -> None:
        """Count events that were admitted past the receiver, by id and fingerprint, as acknowledged."""
        self.posted.update(posted)
        self.acknowledged += posted

    @property
    def slowest(self) -> float:
        """Seconds of the slowest answer."""
        return max(self.seconds, default=0.0)

    def percentile(self, share: float) -> float:
        """Return the seconds within which this share of the answers came, for example 0.999."""
        if len(self.seconds) < 2:
            return self.slowest
        return quantiles(self.seconds, n=10_000, method="inclusive")[round(share * 10_000) - 1]

    def post(self, name: str) -> int:
        """Post one event by a connection of its own; return the status."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=TIMEOUT)
        try:
            return self._post(connection, name)
        finally:
            connection.close()

    @staticmethod
    def id(name: str) -> str:
        """Return the id under which an event is stored."""
        return f"{SOURCE}:{name}"

    def type(self, name: str) -> str:
        """Return the type of an event."""
        number, rest = divmod(int(name), 100)
        if self._kinds and not rest:
            return f"poison.{self._kinds[number % len(self._kinds)]}"
        return "lab.event"

    def body(self, name: str) -> bytes:
        """Return the body of an event, always the same."""
        return json.dumps({"type": self.type(name), "name": name, "filling": self._filling}).encode()

    def _run(self) -> None:
        connection: http.client.HTTPConnection | None = None
        while (name := self._next()) is not None:
            began = time.monotonic()
            try:
                if connection is None:
                    connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=TIMEOUT)
                status = self._post(connection, name)
            except (OSError, http.client.HTTPException):
                status = 0
                if connection is not None:
                    connection.close()
                connection = None
            if not 200 <= status < 300:
                with self._lock:
                    self._again.append((time.monotonic() + PAUSE, name))
            time.sleep(max(0.0, self._gap - (time.monotonic() - began)))
        if connection is not None:
            connection.close()

    def _next(self) -> str | None:
        """Return an event that is to be sent again, or a new one; None at the end."""
        while True:
            with self._lock:
                if self._again and self._again[0][0] <= time.monotonic():
                    return self._again.popleft()[1]
                if not self._stopping.is_set():
                    self._made += 1
                    return f"{self._made}"
                if not self._again:
                    return None
            time.sleep(PAUSE / 10)

    def _post(self, connection: http.client.HTTPConnection, name: str) -> int:
        body = self.body(name)
        signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        headers = {"X-Lab-Id": name, "X-Lab-Signature": signature, "Content-Type": "application/json"}
        seen = fingerprint(source=SOURCE, type=self.type(name), headers=headers.items(), body=body)
        self.posted[self.id(name)] = seen
        began = time.perf_counter()
        connection.request("POST", f"/webhooks/{SOURCE}", body, headers)
        answer = connection.getresponse()
        content = answer.read()
        took = time.perf_counter() - began
        with self._lock:
            self.seconds.append(took)
            self.statuses[answer.status] += 1
            self.silent += answer.status >= 300 and answer.getheader("Retry-After") is None
            if 200 <= answer.status < 300:
                # The id as the receiver says it, once the whole answer was read.
                self.acknowledged.append(json.loads(content)["id"])
                if self.type(name) != "lab.event":
                    self.poisoned.append(name)
        return answer.status
