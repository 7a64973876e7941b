"""The way of a delivery through server, application and intake, in one process and without a network.

`python -m tests.cost.counted 200` does it 200 times and prints what one time cost, as JSON. With
`--plainly` it only does it, for tools that count instructions from outside: the difference between two
counts is then the deliveries' alone, since the requests are made as many each time.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
import tracemalloc
from collections.abc import Callable
from statistics import median_low
from typing import Any

import uvloop

from tests.support.config import settings_from
from tests.support.stripe_sender import make_body, signature
from webhooks.app import MAX_BODIES, create_app
from webhooks.serving.bridge import Bridge
from webhooks.serving.budget import Budget
from webhooks.serving.hub import Hub
from webhooks.serving.protocol import HttpConnection
from webhooks.store.connection import Argument
from webhooks.telemetry.log import configure

SECRET = "whsec_of_nobody"
TOML = f"""
[redis]
url = "redis://127.0.0.1:1/0"
[sources.stripe]
provider = "stripe"
secrets = ["{SECRET}"]
"""
WARM = 50
"""Deliveries before counting begins: what is made once and kept is made by then."""

MOST = 250
"""Deliveries that can be counted."""


class Obliging:
    """A store that has every event at once."""

    def execute(self, *command: Argument) -> Any:
        """Reply as ADMIT does."""
        event_id = str(command[8])
        return [[b"accepted", event_id.encode()]]


class Nowhere(asyncio.Transport):
    """A connection that keeps what was last written."""

    def __init__(self) -> None:
        """Begin with nothing."""
        super().__init__({"peername": ("127.0.0.1", 50_000)})
        self.written = b""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Keep it."""
        self.written = bytes(data)


class Counted:
    """A receiver to which requests are given as the loop gives them."""

    bridge: Bridge
    loop: asyncio.AbstractEventLoop
    budget: Budget
    stopping = crowded = False

    def __init__(self) -> None:
        """Make the receiver as a web process does."""
        configure(form="json", level="info")
        app = create_app(settings_from(TOML), connection=Obliging())
        self.loop = uvloop.new_event_loop()
        hub = Hub()
        hub.start(self.loop, threads=1)
        self.budget = Budget(total=2**30)
        self.bridge = Bridge(app, hub, limits=app.extensions[MAX_BODIES], address=("127.0.0.1", 8000))
        self._transport = Nowhere()
        self._connection = HttpConnection(self)
        self._connection.connection_made(self._transport)

    def opened(self, connection: HttpConnection) -> None:
        """Nothing is counted here."""

    def closed(self, connection: HttpConnection) -> None:
        """Nothing is counted here."""

    def deliver(self, requests: list[bytes]) -> None:
        """Give requests to the receiver, each of which must be accepted."""
        for request in requests:
            self._connection.data_received(request)
            assert b'"accepted"' in self._transport.written, self._transport.written


def made(count: int) -> list[bytes]:
    """Signed requests as Stripe sends them, each with a body of about 1 KB."""
    return [_made(number) for number in range(count)]


def _made(number: int) -> bytes:
    body = make_body(own_id=f"evt_{number:012d}", object={"id": "in_1", "description": "x" * 850})
    head = (
        "POST /webhooks/stripe HTTP/1.1\r\n"
        "Host: hooks.example.com\r\n"
        "User-Agent: Stripe/1.0 (+https://stripe.com/docs/webhooks)\r\n"
        "Accept: */*; q=0.5, application/xml\r\n"
        "Cache-Control: no-cache\r\n"
        "Content-Type: application/json; charset=utf-8\r\n"
        f"Stripe-Signature: {signature(body, secret=SECRET, at=int(time.time()))}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return (head + body).encode()


def count_calls(deliver: Callable[[], None]) -> int:
    """Return how many functions of Python and of C were called."""
    calls = 0

    def note(frame: object, event: str, argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        deliver()
    finally:
        sys.setprofile(None)
    return calls


def count_bytes(receiver: Counted, requests: list[bytes]) -> tuple[int, int]:
    """Return the bytes that a delivery held at most besides what was held before, and what was left of all.

    The former is the median of the deliveries: now and then the thread that writes the log makes its lines
    meanwhile, and holds them.
    """
    tracemalloc.start()
    peaks = []
    receiver.deliver(requests[:10])
    gc.collect()
    before = tracemalloc.get_traced_memory()[0]
    for request in requests[10:]:
        tracemalloc.reset_peak()
        held = tracemalloc.get_traced_memory()[0]
        receiver.deliver([request])
        peaks.append(tracemalloc.get_traced_memory()[1] - held)
    peak = median_low(peaks)
    del peaks
    gc.collect()
    left = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    return peak, left


def main(count: int, *, plainly: bool) -> dict[str, float]:
    """Deliver, and return what one delivery cost."""
    receiver = Counted()
    requests = made(WARM + 2 * MOST)
    receiver.deliver(requests[:WARM])
    if plainly:
        receiver.deliver(requests[WARM : WARM + count])
        return {}
    calls = count_calls(lambda: receiver.deliver(requests[WARM : WARM + count]))
    peak, left = count_bytes(receiver, requests[WARM + count : WARM + 2 * count])
    return {"calls": calls / count, "peak_bytes": peak, "left_bytes": left / count}


if __name__ == "__main__":
    found = main(int(sys.argv[1]), plainly="--plainly" in sys.argv)
    sys.stdout.write(json.dumps(found) + "\n")
