"""kombu's Redis transport, mended in two places.

An acknowledgement that fails costs no place for another message, and a server that refuses because it is no
primary counts as a connection that is lost: Celery then connects again, where the primary is by now.
"""

from __future__ import annotations

from typing import Any

from kombu.transport import TRANSPORT_ALIASES, redis, virtual
from redis.connection import Connection, SSLConnection
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError

from webhooks.store.refused import elsewhere


class SteadyQoS(redis.QoS):
    """Counts a message as done when its acknowledgement was tried, whether or not it reached Redis.

    kombu's own one goes on counting it, Celery logs "Couldn't ack" and forgets it, and after as many
    connections that broke at that moment as a worker has processes it takes no message ever again
    (kombu 5.7.0; two workers of two processes were deaf after six). What stays in Redis was a hint
    that has been followed; it is given out again after the visibility timeout, and refused.
    """

    def ack(self, delivery_tag: str) -> None:
        """Forget a message, in Redis too; see `kombu.transport.virtual.QoS.ack`."""
        try:
            super().ack(delivery_tag)  # type: ignore[no-untyped-call]
        finally:
            virtual.QoS.ack(self, delivery_tag)  # type: ignore[no-untyped-call]

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:  # noqa: FBT001, FBT002 - kombu's own form
        """Forget a message or give it back; see `kombu.transport.virtual.QoS.reject`."""
        try:
            super().reject(delivery_tag, requeue=requeue)  # type: ignore[no-untyped-call]
        finally:
            virtual.QoS.ack(self, delivery_tag)  # type: ignore[no-untyped-call]


class _Leaving:
    """What a connection of redis-py does about a refusal that another server would not give.

    redis-py keeps the connection, and kombu asks on it for ever: a worker that was connected to a
    primary when that became a replica took no message again.
    """

    def read_response(self, *arguments: Any, **options: Any) -> Any:
        """Return a reply; see `redis.connection.AbstractConnection.read_response`.

        Raises:
            redis.exceptions.ConnectionError: the server is no primary any more.
        """
        try:
            return super().read_response(*arguments, **options)  # type: ignore[misc]
        except ResponseError as error:
            if not elsewhere(error):
                raise
            self.disconnect()  # type: ignore[attr-defined]
            raise RedisConnectionError(str(error)) from error


class LeavingConnection(_Leaving, Connection):
    """A TCP connection that leaves a server which is no primary."""


class LeavingSSLConnection(_Leaving, SSLConnection):
    """Likewise with TLS."""


class Channel(redis.Channel):
    """A channel that counts so, over such connections."""

    QoS = SteadyQoS
    connection_class: Any = LeavingConnection
    connection_class_ssl: Any = LeavingSSLConnection


class Transport(redis.Transport):
    """The transport of Hookline's workers."""

    Channel: Any = Channel


def install() -> None:
    """Let every URL of Redis mean this transport, in this process, for the connections to come."""
    name = f"{Transport.__module__}:{Transport.__qualname__}"
    TRANSPORT_ALIASES.update(redis=name, rediss=name)
