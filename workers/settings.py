"""Celery's settings, each with what it prevents."""

from __future__ import annotations

import ssl
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit, urlunsplit

from kombu.entity import Queue

from webhooks.config import Settings
from webhooks.store.keys import PREFIX, QUEUE

TURN = 1
"""Seconds within which the last event of a turn begins. Celery distributes, revokes and counts messages, and
gives a process its time limit, by the message; a whole number, as Celery's limits are."""

HARD_MARGIN = 10
"""Seconds between the soft time limit, which a handler can clean up after, and the hard one."""


def celery_settings(settings: Settings) -> dict[str, Any]:
    """Return Celery's configuration."""
    # Celery's limits are a message's, and so a turn's, whose last event may begin at its end.
    limit = (int(settings.worker.time_limit) or 1) + TURN
    return {
        "broker_url": broker_url(settings.redis.url),
        "broker_use_ssl": broker_tls(settings.redis.url),
        # The store is the truth about results; a backend would only be a second, weaker one.
        "result_backend": None,
        "task_ignore_result": True,
        # An id travels, never a payload, and nothing that could run code when it is read.
        "task_serializer": "json",
        "accept_content": ["json"],
        "task_protocol": 2,
        # One direct queue through the anonymous exchange: a named one loses messages silently when
        # its binding is gone.
        "task_queues": [_queue()],
        "task_default_queue": QUEUE,
        "task_default_exchange": "",
        "task_default_routing_key": QUEUE,
        "task_create_missing_queues": False,
        # A message is gone only when its event has been looked at; the lease makes the
        # repeats that follow harmless.
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "task_acks_on_failure": True,
        "task_acks_on_timeout": True,
        "worker_prefetch_multiplier": 1,
        "worker_consumer": "workers.consumer:SteadyConsumer",
        "task_soft_time_limit": limit,
        "task_time_limit": limit + HARD_MARGIN,
        "worker_concurrency": settings.worker.processes,
        # Memory that a handler leaks is given back once in a while; Celery counts turns.
        "worker_max_tasks_per_child": 1_000,
        # Redis away is waited for, for ever, and no refusal of its ends the worker.
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "broker_channel_error_retry": True,
        "worker_cancel_long_running_tasks_on_connection_loss": False,
        "broker_transport_options": {
            # Another application of Celery in the same database puts nothing of ours back, nor we of its.
            "global_keyprefix": PREFIX,
            "visibility_timeout": limit + 300,
            "unacked_restore_interval": 5,
            "unacked_restore_throttle": 2,
            "socket_connect_timeout": 2,
            "socket_timeout": 30,
            "socket_keepalive": True,
            "health_check_interval": 10,
        },
        # Its remote control is its own, too.
        "control_exchange": "hookline",
        # What Flower lives on.
        "worker_send_task_events": True,
        "worker_hijack_root_logger": False,
        "worker_redirect_stdouts": False,
        "enable_utc": True,
    }


def _queue() -> Any:
    return Queue(QUEUE, exchange="", routing_key=QUEUE, no_declare=True)  # type: ignore[no-untyped-call]


def broker_url(url: str) -> str:
    """Return a Redis URL as Celery spells it: `redis+socket://` for a Unix socket; TLS stands elsewhere."""
    parts = urlsplit(url)
    if parts.scheme == "rediss":
        return urlunsplit(parts._replace(query=""))
    if parts.scheme != "unix":
        return url
    database = parse_qs(parts.query).get("db", ["0"])[0]
    user = f"{parts.netloc}" if parts.netloc else ""
    return f"redis+socket://{user}{parts.path}?virtual_host={database}"


def broker_tls(url: str) -> dict[str, Any] | None:
    """Return how Celery and Flower prove the server of a `rediss://` URL; None where there is no TLS.

    They take these options beside the URL and not in it. The name in the certificate is checked
    by redis-py's own default.
    """
    parts = urlsplit(url)
    if parts.scheme != "rediss":
        return None
    return {"ssl_cert_reqs": ssl.CERT_REQUIRED, **dict(parse_qsl(parts.query))}
