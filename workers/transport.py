"""kombu's Redis transport, in which an acknowledgement that fails costs no place for another message."""

from __future__ import annotations

from typing import Any

from kombu.transport import TRANSPORT_ALIASES, redis, virtual


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


class Channel(redis.Channel):
    """A channel that counts so."""

    QoS = SteadyQoS


class Transport(redis.Transport):
    """The transport of Hookline's workers."""

    Channel: Any = Channel


def install() -> None:
    """Let every URL of Redis mean this transport, in this process, for the connections to come."""
    name = f"{Transport.__module__}:{Transport.__qualname__}"
    TRANSPORT_ALIASES.update(redis=name, rediss=name)
