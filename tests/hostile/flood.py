"""Many large bodies at once, and the memory that they cost."""

from __future__ import annotations

import socket
import threading
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.hostile.wire import parse, read_all

PIECE = 64 * 1024


@dataclass(frozen=True)
class Flooded:
    """What they cost.

    Attributes:
        statuses: how often each was answered; 0 stands for none.
        grown: bytes by which the process grew at its peak.
    """

    statuses: Counter[int]
    grown: int


def flood(port: int, pid: int, *, senders: int, size: int, chunked: bool) -> Flooded:
    """Send `senders` bodies of `size` bytes at once, and hold each until all are there.

    Args:
        port: of the receiver.
        pid: of its worker process, whose memory is looked at.
        senders: how many.
        size: bytes of each body.
        chunked: whether no length is announced.
    """
    before = peak(pid)
    together = threading.Barrier(senders)
    statuses: Counter[int] = Counter()
    threads = [
        threading.Thread(target=_send, args=(port, size, chunked, together, statuses)) for _ in range(senders)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Flooded(statuses, peak(pid) - before)


def peak(pid: int) -> int:
    """Return the most memory that a process ever had, in bytes."""
    text = Path(f"/proc/{pid}/status").read_text()
    return int(text.split("VmHWM:")[1].split()[0]) * 1024


def _send(port: int, size: int, chunked: bool, together: threading.Barrier, seen: Counter[int]) -> None:  # noqa: FBT001
    framing = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {size}"
    piece = b"%x\r\n" % PIECE + b"a" * PIECE + b"\r\n" if chunked else b"a" * PIECE
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        with suppress(OSError):
            connection.sendall(f"POST /webhooks/stripe HTTP/1.1\r\nHost: a\r\n{framing}\r\n\r\n".encode())
            for _ in range(size // PIECE - 1):
                connection.sendall(piece)
        with suppress(threading.BrokenBarrierError):
            together.wait(timeout=15)
        with suppress(OSError):
            connection.sendall(piece + (b"0\r\n\r\n" if chunked else b""))
            connection.shutdown(socket.SHUT_WR)
        replies = parse(read_all(connection))
        seen[replies[0].status if replies else 0] += 1
