"""A Sentry of the test's own: a server on loopback that takes envelopes as the real one does.

```python
with SentrySink() as sink:
    ...                            # a process with sentry.dsn = sink.dsn
    (report,) = sink.wait_for(1)
```
"""

from __future__ import annotations

import gzip
import json
import threading
import zlib
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from tests.support.waiting import until

KEY = "key"
PROJECT = 1


@dataclass
class Envelope:
    """One request.

    Attributes:
        raw: its body, unpacked, as bytes: what to search for what must not be there.
        headers: the envelope's own header.
        items: each item's header and its bytes.
    """

    raw: bytes
    headers: dict[str, Any]
    items: list[tuple[dict[str, Any], bytes]] = field(default_factory=list)


class SentrySink:
    """Keeps what is reported to `dsn`."""

    def __init__(self, *, port: int = 0, key: str = KEY) -> None:
        """Listen on `port`; 0 picks a free one. Only reports with `key` are taken."""
        self.key = key
        self.envelopes: list[Envelope] = []
        self.refused: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def port(self) -> int:
        """Return the port that it listens on."""
        return int(self._server.server_address[1])

    @property
    def dsn(self) -> str:
        """Return what to configure as `sentry.dsn`."""
        return f"http://{self.key}@127.0.0.1:{self.port}/{PROJECT}"

    @property
    def events(self) -> list[dict[str, Any]]:
        """Return the reports that came so far, decoded."""
        return [
            json.loads(payload)
            for envelope in list(self.envelopes)
            for header, payload in envelope.items
            if header.get("type") == "event"
        ]

    @property
    def raw(self) -> bytes:
        """Return every byte that came, unpacked."""
        return b"\n".join(envelope.raw for envelope in list(self.envelopes))

    def wait_for(self, count: int) -> list[dict[str, Any]]:
        """Return the reports once there are `count`; fail when there are fewer in time."""
        until(lambda: len(self.events) >= count, what=f"{count} reports reach Sentry")
        assert not self.refused, self.refused
        return self.events

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def unpack(body: bytes, coding: str) -> bytes:
    """Undo a content coding; raise `ValueError` for one that is not known here."""
    if coding in ("", "identity"):
        return body
    if coding == "gzip":
        return gzip.decompress(body)
    if coding == "deflate":
        return zlib.decompress(body)
    if coding == "br":
        # Only where it is installed does the SDK use it.
        import brotli  # type: ignore[import-not-found,unused-ignore]  # noqa: PLC0415

        return bytes(brotli.decompress(body))
    msg = f"unknown content coding {coding!r}"
    raise ValueError(msg)


def parse(raw: bytes) -> Envelope:
    """Take an envelope apart: a line of JSON, then for each item a line of JSON and its bytes."""
    head, _, rest = raw.partition(b"\n")
    envelope = Envelope(raw=raw, headers=json.loads(head))
    while rest.strip():
        line, _, rest = rest.partition(b"\n")
        header = json.loads(line)
        length = header.get("length")
        if length is None:
            payload, _, rest = rest.partition(b"\n")
        else:
            payload, rest = rest[:length], rest[length + 1 :]
        envelope.items.append((header, payload))
    return envelope


def _handler(sink: SentrySink) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            try:
                assert self.path == f"/api/{PROJECT}/envelope/", self.path
                assert f"sentry_key={sink.key}" in self.headers["X-Sentry-Auth"]
                envelope = parse(unpack(body, self.headers.get("Content-Encoding", "")))
            # Whatever was wrong is shown by `wait_for`, in the test and not in this thread.
            except Exception as error:  # noqa: BLE001
                sink.refused.append(repr(error))
                self._answer(400, b"{}")
            else:
                sink.envelopes.append(envelope)
                self._answer(200, json.dumps({"id": envelope.headers.get("event_id")}).encode())

        def _answer(self, status: int, content: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    return Handler
