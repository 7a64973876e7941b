"""Ports of this machine that are free."""

from __future__ import annotations

import socket
import time

from webhooks.errors import HooklineError


class PortTaken(HooklineError):
    """Something else listens there."""


def free_port(host: str, port: int, option: str, *, patience: float = 0.0) -> int:
    """Return `port`, or one that is free for 0.

    Args:
        host: the address to listen on.
        port: what is asked for.
        option: the command line's option for another, which the error names.
        patience: seconds to wait for it, where an earlier process is about to leave it.

    Raises:
        PortTaken: it is taken, or the address is not this machine's.
    """
    deadline = time.monotonic() + patience
    while True:
        try:
            return _bound(host, port)
        except OSError as error:
            if time.monotonic() >= deadline:
                msg = (
                    f"port {port} of {host} is taken ({error.strerror}): try another with {option}, 0 for any"
                )
                raise PortTaken(msg) from error
        time.sleep(0.1)


def _bound(host: str, port: int) -> int:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, port))
        found: int = probe.getsockname()[1]
        return found
