"""Two real servers behind one name: the second takes over, and connections to the first are kept."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.chaos.proxy import Proxy
from tests.support.servers import StoreServer
from tests.support.waiting import until


class Pair:
    """A primary, its replica, and the name of the primary."""

    def __init__(self, first: StoreServer, second: StoreServer, name: Proxy) -> None:
        self.first = first
        self.second = second
        self._name = name
        self.url = f"redis://127.0.0.1:{name.port}/0"

    def move(self, *, demoted: bool) -> None:
        """Promote the replica and let the name lead to it.

        Args:
            demoted: whether the first server hears of it, and follows the second from then on.
        """
        second = self.second.connect()
        second.execute("REPLICAOF", "NO", "ONE")
        second.close()
        self._name.move_to(self.second.port)
        if demoted:
            first = self.first.connect()
            first.execute("REPLICAOF", "127.0.0.1", self.second.port)
            first.close()


@contextmanager
def replicated(first: StoreServer, folder: Path) -> Iterator[Pair]:
    """Give a running server a replica and a name, until the block ends."""
    own = first.connect()
    own.execute("CONFIG", "SET", "repl-diskless-sync-delay", "0")
    own.close()
    second = StoreServer(folder)
    second.start("--replicaof", f"127.0.0.1 {first.port}")
    name = Proxy(first.port)
    try:
        found = second.connect()
        until(lambda: b"master_link_status:up" in found.execute("INFO", "replication"), what="it follows")
        found.close()
        yield Pair(first, second, name)
    finally:
        name.close()
        second.stop()
