"""Bytes to a receiver, and all answers that come back."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from dataclasses import dataclass

CONTINUE = 100


class Hang(Exception):
    """The receiver neither answered nor closed in time."""


@dataclass(frozen=True)
class Reply:
    status: int
    body: bytes


def converse(port: int, *parts: bytes, half_close: bool = True, timeout: float = 20.0) -> list[Reply]:
    """Send bytes, and return every answer until the receiver closes the connection.

    Args:
        port: of the receiver, on this machine.
        parts: what is sent, one after the other.
        half_close: whether to say that no more comes.
        timeout: seconds without a byte after which the receiver counts as hung.

    Raises:
        Hang: nothing came for `timeout` seconds.
    """
    with socket.create_connection(("127.0.0.1", port), timeout=timeout) as connection:
        try:
            for part in parts:
                connection.sendall(part)
            if half_close:
                connection.shutdown(socket.SHUT_WR)
        except TimeoutError as error:
            raise Hang("while sending") from error
        except OSError:
            pass  # refused before all was sent: the answer says why
        return parse(read_all(connection))


def read_all(connection: socket.socket) -> bytes:
    """Read to the end of a connection; a reset is an end too."""
    data = bytearray()
    try:
        while chunk := connection.recv(65536):
            data += chunk
    except TimeoutError as error:
        raise Hang(f"after {bytes(data[:100])!r}") from error
    except ConnectionResetError:
        pass
    return bytes(data)


def parse(data: bytes) -> list[Reply]:
    """Return the answers in what a receiver sent; one to HEAD announces a body that does not follow."""
    found = []
    while data:
        lines, _, data = data.partition(b"\r\n\r\n")
        first, *rest = lines.decode("latin-1").split("\r\n")
        assert first.startswith("HTTP/1.1 "), first
        status = int(first.split(" ")[1])
        bodiless = status == CONTINUE or not data or data.startswith(b"HTTP/1.1 ")
        length = 0 if bodiless else _length(rest)
        assert len(data) >= length, "an answer is cut"
        found.append(Reply(status, data[:length]))
        data = data[length:]
    return found


def _length(lines: Sequence[str]) -> int:
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
    return int(headers["content-length"])
