"""Every key of `hookline.toml`, with its default, its reader and what it means."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from webhooks.config import values
from webhooks.config.addresses import host as read_host
from webhooks.config.redis_url import redis_url


def key(read: Callable[[Any], Any], default: Any, meaning: str, *, secret: bool = False) -> Any:
    """Declare one key: its reader, its default and one sentence for the operator.

    A `secret` one is not in the `repr` of the settings.
    """
    return field(default=default, repr=not secret, metadata={"read": read, "meaning": meaning})


def _cores() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Redis:
    """`[redis]`: the store. The truth about every event is in it."""

    url: str = key(
        redis_url,
        "",
        "redis://, rediss:// or unix:// URL; a running `hookline up` is found without it",
        secret=True,
    )
    timeout: float = key(
        values.duration, 0.25, "seconds that the receiver waits for an answer before it says 503"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Web:
    """`[web]`: the receiver."""

    host: str = key(read_host, "127.0.0.1", "address to listen on")
    port: int = key(values.port, 8000, "port to listen on; 0 picks a free one")
    workers: int = key(values.whole, min(2, _cores()), "processes; two where there are two cores")
    threads: int = key(values.whole, 8, "threads of each process")
    max_body: int = key(
        values.size, None, "bytes of the largest body taken; the provider's own limit when not set"
    )
    forwarded: tuple[str, ...] = key(
        values.forwarded,
        (),
        "headers of a proxy to believe for the URL: X-Forwarded-Proto, X-Forwarded-Host; none when not set",
    )
    drain: float = key(
        values.pause, 3.0, "seconds for which a stopping receiver still answers, with /readyz at 503"
    )
    status_token: str = key(
        values.text,
        "",
        "token that /readyz wants for its details: Authorization: Bearer <token>; without one a peer on "
        "loopback sees them that no proxy asks for",
        secret=True,
    )
    keep_rejected_bodies: bool = key(
        values.flag, False, "whether `hookline rejections` keeps the bodies of unproven requests for a day"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Spool:
    """`[spool]`: where proven deliveries wait while the store is away."""

    directory: str = key(
        values.text,
        "",
        "directory on a disk that stays; without one, deliveries get 503 while the store is away",
    )
    max_bytes: int = key(values.size, 1024**3, "size to which its file may grow; beyond it, 503")


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """`[worker]`: what runs the handlers."""

    handlers: tuple[str, ...] = key(values.names, (), "modules to import, whose handlers are then run")
    processes: int = key(values.whole, os.cpu_count() or 1, "handlers that run at once; the number of cores")
    time_limit: float = key(values.duration, 300.0, "seconds after which a handler is stopped")
    max_memory: int = key(
        values.size,
        None,
        "bytes of data that a worker process may hold; a handler that wants more gets MemoryError",
    )
    lease: float = key(
        values.duration, 30.0, "seconds after which the event of a worker that died is taken over"
    )
    sweep_interval: float = key(values.duration, 1.0, "seconds between two looks for what is due")
    backlog: int = key(values.whole, 200, "queued messages from which the sweeper hints no queued event")
    grace: float = key(values.duration, 20.0, "seconds that a stopping worker gives its handlers to end")


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """`[retry]`: when a failed handler runs again. A source may have its own."""

    attempts: int = key(values.whole, 10, "attempts before an event is dead")
    first: float = key(values.duration, 10.0, "longest wait before the second attempt")
    factor: float = key(values.factor, 5.0, "by which the longest wait grows with each attempt")
    longest: float = key(values.duration, 172800.0, "where it stops growing; each wait is drawn below it")


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """`[retention]`: how long what is kept. Its id is remembered after an event itself is gone."""

    succeeded: float = key(values.duration, 3 * 86400.0, "succeeded events")
    unhandled: float = key(values.duration, 3 * 86400.0, "events that no handler wanted")
    discarded: float = key(values.duration, 7 * 86400.0, "discarded events")
    dead: float = key(values.duration, 90 * 86400.0, "dead events")
    key: float = key(
        values.duration,
        14 * 86400.0,
        "ids, against redelivery; never shorter than the provider can send an event again",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentry:
    """`[sentry]`: where dead events are reported. Nothing is sent without a DSN."""

    dsn: str = key(values.dsn, "", "the DSN of the project", secret=True)
    environment: str = key(values.text, "production", "the environment named in each report")


@dataclass(frozen=True, slots=True, kw_only=True)
class Flower:
    """`[flower]`: the operators' page."""

    host: str = key(read_host, "127.0.0.1", "address to listen on; another than loopback needs basic_auth")
    port: int = key(values.port, 5555, "port to listen on; 0 picks a free one")
    basic_auth: str = key(values.text, "", "user:password, several separated by commas", secret=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """`[log]`: what is said."""

    format: str = key(
        values.one_of("auto", "json", "text"), "auto", "json, text, or auto: text on a terminal, else json"
    )
    level: str = key(values.one_of("debug", "info", "warning", "error"), "info", "the least that is said")


SECTIONS: Mapping[str, type] = MappingProxyType(
    {
        "redis": Redis,
        "web": Web,
        "spool": Spool,
        "worker": Worker,
        "retry": Retry,
        "retention": Retention,
        "sentry": Sentry,
        "flower": Flower,
        "log": Log,
    }
)
"""The sections with fixed keys, in the order in which the documentation lists them."""
