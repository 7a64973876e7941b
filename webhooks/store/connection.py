"""The way to Redis: one method, bounded in time, with our own errors."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable
from typing import Any, Protocol, cast

import redis
from redis._parsers import BaseParser
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import NoScriptError, RedisError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry

from webhooks.errors import Unavailable
from webhooks.store.refused import ServerRefused, code_of, elsewhere

LIFETIME = 30.0
"""Seconds after which connections are made again, since their name may lead to another server by now."""

Argument = str | bytes | int | float


class Connection(Protocol):
    """Whatever carries a command to Redis and brings the reply back."""

    def execute(self, *command: Argument) -> Any:
        """Run one command and return its reply, texts as bytes.

        Raises:
            NoScript: the server does not know the script of an EVALSHA.
            Unavailable: the server is away or slow, or the command is at fault.
            ServerRefused: the server answers, and takes no such command; see `REFUSALS`.
        """
        ...


class NoScript(Exception):
    """The server does not have the script: send its text."""


class RedisConnection:
    """A `Connection` over redis-py's pool; safe among threads, made anew after a fork."""

    def __init__(
        self,
        url: str,
        *,
        timeout: float,
        lifetime: float = LIFETIME,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Connect lazily.

        Args:
            url: a redis://, rediss:// or unix:// URL.
            timeout: seconds that bound the connect and each reply.
            lifetime: seconds after which connections are made again.
            clock: seconds of a steady clock.

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
        self._lifetime = lifetime
        self._clock = clock
        self._renewal = clock() + lifetime
        # Replies stay as the server sends them, so that any other `Connection` can say the same.
        self._client.response_callbacks.clear()

    def execute(self, *command: Argument) -> Any:
        """Run one command; see `Connection.execute`."""
        if (now := self._clock()) >= self._renewal:
            self._renewal = now + self._lifetime
            self._drop_idle()
        try:
            return self._client.execute_command(*command)  # type: ignore[no-untyped-call]
        except RedisError as error:
            if elsewhere(error):
                self._drop_idle()
            raise translated(error) from error

    def close(self) -> None:
        """Close every connection of the pool."""
        self._client.close()

    def _drop_idle(self) -> None:
        # One that another thread uses meets a refusal of its own.
        self._client.connection_pool.disconnect(inuse_connections=False)


def as_error(text: str) -> RedisError:
    """Return the error that redis-py makes of a server's `-CODE text`, told apart by its code."""
    return cast("RedisError", BaseParser.parse_error(text))  # type: ignore[no-untyped-call]


def translated(error: RedisError) -> NoScript | Unavailable:
    """Return our own word for an error of redis-py."""
    if isinstance(error, NoScriptError):
        return NoScript()
    if code := code_of(error):
        return ServerRefused(code, str(error).removeprefix(f"{code} "))
    if isinstance(error, RedisConnectionError | RedisTimeoutError):
        return Unavailable(_why_away(error))
    if isinstance(error, ResponseError):
        # A command that the server does not understand: nothing was written.
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
