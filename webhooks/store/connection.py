"""The way to Redis: one method, bounded in time, with our own errors."""

from __future__ import annotations

import ssl
from typing import Any, Protocol, cast

import redis
from redis._parsers import BaseParser
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import NoScriptError, RedisError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry

from webhooks.errors import Unavailable

Argument = str | bytes | int | float


class Connection(Protocol):
    """Whatever carries a command to Redis and brings the reply back."""

    def execute(self, *command: Argument) -> Any:
        """Run one command and return its reply, texts as bytes.

        Raises:
            NoScript: the server does not know the script of an EVALSHA.
            Unavailable: the server is away, slow, full or read-only.
        """
        ...


class NoScript(Exception):
    """The server does not have the script: send its text."""


class RedisConnection:
    """A `Connection` over redis-py's pool; safe among threads, made anew after a fork."""

    def __init__(self, url: str, *, timeout: float) -> None:
        """Connect lazily; `timeout` in seconds bounds the connect and each reply.

        redis-py would by default try ten times and could take a minute over a hung server
        (57.7 s were measured with redis-py 8.1); a retry is the caller's to decide.
        """
        self._client = redis.Redis.from_url(
            url,
            socket_timeout=timeout,
            socket_connect_timeout=timeout,
            retry=Retry(NoBackoff(), 0),
            client_name="hookline",
            protocol=2,
        )
        # Replies stay as the server sends them, so that any other `Connection` can say the same.
        self._client.response_callbacks.clear()

    def execute(self, *command: Argument) -> Any:
        """Run one command; see `Connection.execute`."""
        try:
            return self._client.execute_command(*command)  # type: ignore[no-untyped-call]
        except RedisError as error:
            raise translated(error) from error

    def close(self) -> None:
        """Close every connection of the pool."""
        self._client.close()


def as_error(text: str) -> RedisError:
    """Return the error that redis-py makes of a server's `-CODE text`, told apart by its code."""
    return cast("RedisError", BaseParser.parse_error(text))  # type: ignore[no-untyped-call]


def translated(error: RedisError) -> NoScript | Unavailable:
    """Return our own word for an error of redis-py."""
    if isinstance(error, NoScriptError):
        return NoScript()
    if isinstance(error, RedisConnectionError | RedisTimeoutError):
        return Unavailable(_why_away(error))
    if isinstance(error, ResponseError):
        # OOM, MISCONF, READONLY, NOPERM: refused, and nothing was written.
        return Unavailable(f"Redis refuses: {str(error)[:200]}")
    return Unavailable(f"Redis failed ({type(error).__name__})")


def _why_away(error: Exception) -> str:
    """Return why there was no answer; the error's own text may hold what is configured."""
    cause = error.__cause__ or error.__context__
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"Redis is not who it must be: {cause.verify_message}"
    if isinstance(cause, ssl.SSLError):
        return f"Redis does not speak TLS with us ({cause.reason})"
    return f"Redis does not answer ({type(error).__name__})"
