"""Sending one request as a provider would, and a cut one as no library does."""

from __future__ import annotations

import json
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from urllib.parse import urlsplit

import requests

from webhooks.config.addresses import is_loopback
from webhooks.errors import HooklineError
from webhooks.event import Delivery

TIMEOUT = 10.0
"""Seconds that a receiver has to answer."""


class NotSent(HooklineError):
    """Nothing answers where the sample was sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the receiver answered.

    Attributes:
        status: the HTTP status.
        body: the bytes of the body.
        milliseconds: how long it took.
    """

    status: int
    body: bytes
    milliseconds: float

    @property
    def text(self) -> str:
        """Return the body for people."""
        return self.body.decode("utf-8", "replace").strip()

    @property
    def content(self) -> Mapping[str, object]:
        """Return the body as a JSON object; empty when it is none."""
        try:
            found = json.loads(self.body)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    @property
    def word(self) -> str:
        """Return the outcome or the code of the refusal; empty where the answer is the provider's own."""
        error = self.content.get("error")
        found = error.get("code") if isinstance(error, dict) else self.content.get("status")
        return found if isinstance(found, str) else ""


def post(delivery: Delivery, target: str) -> Reply:
    """Send a request to the receiver at `target`, whatever URL its signature is about.

    Raises:
        NotSent: nothing answers there.
    """
    started = time.perf_counter()
    try:
        with session_for(target) as session:
            response = session.request(
                delivery.method,
                _with_query(target, delivery),
                data=delivery.body or None,
                headers=dict(delivery.headers),
                timeout=TIMEOUT,
                allow_redirects=False,
            )
    except requests.RequestException as error:
        raise _not_sent(target, error) from error
    return Reply(status=response.status_code, body=response.content, milliseconds=_since(started))


def post_cut(delivery: Delivery, target: str, *, missing: int) -> Reply:
    """Announce `missing` bytes more than are sent, then say that no more come.

    Raises:
        NotSent: nothing answers there.
    """
    parts = urlsplit(_with_query(target, delivery))
    port = parts.port or (443 if parts.scheme == "https" else 80)
    started = time.perf_counter()
    try:
        with socket.create_connection((parts.hostname or "", port), timeout=TIMEOUT) as plain:
            secure = parts.scheme == "https"
            sock = (
                ssl.create_default_context().wrap_socket(plain, server_hostname=parts.hostname)
                if secure
                else plain
            )
            path = parts.path + (f"?{parts.query}" if parts.query else "")
            sock.sendall(_written(delivery, path, host=parts.netloc, missing=missing))
            sock.shutdown(socket.SHUT_WR)
            response = HTTPResponse(sock)
            response.begin()
            return Reply(status=response.status, body=response.read(), milliseconds=_since(started))
    except (OSError, HTTPException) as error:
        raise _not_sent(target, error) from error


def session_for(url: str) -> requests.Session:
    """Return a session that reaches a receiver on loopback whatever proxy the environment names."""
    session = requests.Session()
    session.trust_env = not is_loopback(urlsplit(url).hostname or "")
    return session


def _written(delivery: Delivery, path: str, *, host: str, missing: int) -> bytes:
    lines = [f"{delivery.method} {path} HTTP/1.1", f"Host: {host}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in delivery.headers]
    lines.append(f"Content-Length: {len(delivery.body) + missing}")
    return "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n" + delivery.body


def _with_query(target: str, delivery: Delivery) -> str:
    query = delivery.url.partition("?")[2]
    return f"{target}?{query}" if query else target


def _since(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 1)


def _not_sent(target: str, error: Exception) -> NotSent:
    kind = type(error).__name__
    return NotSent(f"nothing answers at {target} ({kind}): start the receiver with `hookline up`")
