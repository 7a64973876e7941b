"""The way from a request that has been read to the Flask application, and back with its answer.

Deliveries run on the loop, each in a greenlet. Everything else, and deliveries so large that
proving them takes long, runs in a thread.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, Protocol

from webhooks.endpoints.answers import INTERNAL_RETRY, error_content
from webhooks.endpoints.paths import source_in
from webhooks.endpoints.reading import RAW_HEADERS
from webhooks.endpoints.receive import NO_SOURCE
from webhooks.serving.answering import Answer, json_answer
from webhooks.serving.body import Input
from webhooks.serving.head import Head
from webhooks.serving.hub import Hub
from webhooks.serving.overload import RETRY, Overload
from webhooks.telemetry.log import log_step

LARGE = 128 * 1024
"""Bytes of a body above which a delivery runs in a thread.

Finding the id in a larger one takes a millisecond and more, for which all others would wait.
"""

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Responder(Protocol):
    """Who sends an answer."""

    def answer(self, answer: Answer) -> None:
        """Send it; called on the loop, once for each request."""
        ...


class Bridge:
    """Runs a WSGI application for the requests of one process."""

    def __init__(
        self, application: Application, hub: Hub, *, limits: Mapping[str, int], address: tuple[str, int]
    ) -> None:
        """Run `application`.

        Args:
            application: the Flask application.
            hub: what it runs on.
            limits: bytes of the largest body, by source.
            address: host and port at which the server listens.
        """
        self._application = application
        self._hub = hub
        self._limits = limits
        self._overload = Overload()
        self._environ: dict[str, Any] = {
            "SCRIPT_NAME": "",
            "SERVER_NAME": address[0],
            "SERVER_PORT": str(address[1]),
            "SERVER_PROTOCOL": "HTTP/1.1",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
            "wsgi.input_terminated": True,
        }

    def limit(self, head: Head) -> int:
        """Return how many bytes of body are read for a request: none where nobody wants them."""
        source = source_in(head.path)
        return 0 if source is None else self._limits.get(source, 0)

    def label(self, head: Head) -> str:
        """Return the source that a request is for, `NO_SOURCE` where none of that name is configured."""
        return self._label(source_in(head.path))

    def run(self, head: Head, body: Input, size: int, peer: str, responder: Responder) -> None:
        """Answer a request; returns at once.

        Args:
            head: its head.
            body: its body, or why there is none.
            size: bytes of the body.
            peer: the sender's address.
            responder: who sends the answer.
        """
        source = source_in(head.path)
        label = self._label(source)
        light = size <= LARGE and source is not None
        if light and not self._overload.take(responder, label):
            responder.answer(_OVERLOADED)
            return
        environ = {
            **self._environ,
            **head.fields,
            "REQUEST_METHOD": head.method,
            "RAW_URI": head.target,
            "PATH_INFO": head.path,
            "QUERY_STRING": head.query,
            "REMOTE_ADDR": peer,
            "wsgi.input": body,
            RAW_HEADERS: head.headers,
        }
        if light:
            self._hub.spawn(lambda: self._call(environ, partial(self._answer, responder)), label)
        else:
            loop = self._hub.loop
            self._hub.submit(
                lambda: self._call(environ, lambda found: loop.call_soon_threadsafe(responder.answer, found)),
                _OTHERS if source is None else label,
            )

    def _label(self, source: str | None) -> str:
        return source if source is not None and source in self._limits else NO_SOURCE

    def _answer(self, responder: Responder, found: Answer) -> None:
        self._overload.end(responder)
        responder.answer(found)

    def _call(self, environ: dict[str, Any], send: Callable[[Answer], object]) -> None:
        begun: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], exc_info: object = None) -> None:
            begun[:] = (status, headers)

        answered = False
        try:
            parts = self._application(environ, start_response)
            try:
                content = b"".join(parts)
                status, headers = begun
                answered = True
                send(Answer(status, headers, content))
            finally:
                close = getattr(parts, "close", None)
                if close is not None:
                    close()
        except Exception as error:  # noqa: BLE001 - whatever it is, the sender must come back
            log_step("internal", level=logging.ERROR, error=error)
            if not answered:
                send(_internal())


_OTHERS = "/"
"""Whose call one is that is for no delivery: `/readyz` and `/metrics` wait behind no flood of deliveries."""

_OVERLOADED = json_answer(
    503,
    error_content("unavailable", "too many events at once; send the event again"),
    ("Retry-After", str(RETRY)),
)


def _internal() -> Answer:
    content = error_content("internal", "the receiver failed; send the event again")
    return json_answer(503, content, ("Retry-After", str(INTERNAL_RETRY)))
