"""Flask without what no endpoint here uses: sessions, asynchronous views, virtual hosts.

The application and its views stay ordinary ones. What is left out is work for each request that
could only ever come to the same thing; a quarter of a delivery's time went into it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

from flask import Flask, Request, Response, request_finished, request_started
from flask.sessions import NullSession, SecureCookieSessionInterface
from werkzeug.exceptions import NotFound
from werkzeug.routing import MapAdapter


class _NoSession(SecureCookieSessionInterface):
    """Gives every request the one session that holds nothing and takes nothing."""

    _none = NullSession()

    def open_session(self, app: Flask, request: Request) -> NullSession:
        """Return it."""
        return self._none


class LeanFlask(Flask):
    """An application whose views are plain functions and look at no session."""

    session_interface = _NoSession()

    def __init__(self, name: str) -> None:
        """Serve no files: who calls are senders and operators, not browsers."""
        super().__init__(name, static_folder=None)
        self._foreseen: dict[str, Callable[[dict[str, Any]], Reply]] = {}

    def foresee(self, path: str, answer: Callable[[dict[str, Any]], Reply]) -> None:
        """Have POST requests for a path answered in fewer steps, where nobody wants to be called between.

        `answer` does what the path's view does, and gets the WSGI environment: it runs in no context,
        so `flask.request`, `g` and `current_app` are not there. What Flask does besides is to
        match the path, to enter two contexts, and to look for functions before, after and around each
        request.
        """
        self._foreseen[path] = answer

    def wsgi_app(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        """Answer a request, whichever way is the shorter one."""
        answer = self._foreseen.get(environ["PATH_INFO"])
        if answer is None or environ["REQUEST_METHOD"] != "POST" or self._watched:
            return super().wsgi_app(environ, start_response)
        try:
            reply = answer(environ)
        except Exception as error:  # noqa: BLE001 - whoever was registered for it answers
            reply = self._fail(environ, error)
        return reply(environ, start_response)

    def _fail(self, environ: dict[str, Any], error: Exception) -> Response:
        with self.request_context(environ):
            try:
                return self.make_response(self.handle_user_exception(error))
            except Exception as unhandled:  # noqa: BLE001 - as Flask does it
                return self.handle_exception(unhandled)

    @property
    def _watched(self) -> bool:
        """Whether somebody wants to be called for each request."""
        return self._hooked or bool(request_started.receivers or request_finished.receivers)

    @cached_property
    def _hooked(self) -> bool:
        # Known for good at the first request: Flask takes no functions afterwards.
        self._got_first_request = True
        return bool(
            self.before_request_funcs
            or self.after_request_funcs
            or self.teardown_request_funcs
            or self.teardown_appcontext_funcs
            or self.url_value_preprocessors
        )

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Return what matches the request's path, whatever host it was sent to."""
        if request is None:
            return None
        if request.environ["PATH_INFO"].startswith("//"):
            # Werkzeug would take the first slash away: a proxy that guards /metrics does not guard //metrics.
            raise NotFound
        return MapAdapter(self.url_map, "localhost", "/", "", "http", request.path, request.method)

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function itself: there are no others here."""
        return func


class Prepared:
    """An answer of 200 with JSON that is sent as it is; Flask takes any WSGI application from a view.

    Making a `Response`, and its headers, costs as much as proving a signature.
    """

    __slots__ = ("_content",)

    def __init__(self, content: bytes) -> None:
        """Answer with `content`."""
        self._content = content

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> tuple[bytes]:
        """Answer as a WSGI application."""
        start_response("200 OK", [("Content-Type", "application/json")])
        return (self._content,)


Reply = Response | Prepared
"""What a view of ours returns."""
