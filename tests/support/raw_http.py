"""HTTP as bytes over a socket, for what no client library would send."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    def error(self) -> tuple[int, str]:
        """The status and the code of a refusal, whose form is part of the contract."""
        content: dict[str, Any] = json.loads(self.body)
        assert set(content) == {"error"}
        assert set(content["error"]) == {"code", "message"}
        assert content["error"]["message"]
        return self.status, content["error"]["code"]


def exchange(port: int, *parts: bytes, half_close: bool = True, timeout: float = 10.0) -> Answer:
    """Send bytes, say that no more come, and read the one answer to its end."""
    with socket.create_connection(("127.0.0.1", port), timeout=timeout) as connection:
        try:
            for part in parts:
                connection.sendall(part)
            if half_close:
                connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # refused before all was sent: the answer says why
        return _read(connection)


def request(
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    *,
    method: str = "POST",
    path: str = "/webhooks/stripe",
    length: int | None = None,
    **more: str,
) -> bytes:
    """A request with a Content-Length; an underscore in a header's name stands for a hyphen."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in {**(headers or {}), **more}.items()]
    lines.append(f"Content-Length: {len(body) if length is None else length}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def chunked(
    *chunks: bytes, end: bytes = b"0\r\n\r\n", path: str = "/webhooks/stripe", **headers: str
) -> bytes:
    """A request whose body comes in chunks."""
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", "Connection: close", "Transfer-Encoding: chunked"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    body = b"".join(f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n" for chunk in chunks)
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body + end


def _read(connection: socket.socket) -> Answer:
    data = b""
    while chunk := connection.recv(65536):
        data += chunk
    head, _, body = data.partition(b"\r\n\r\n")
    first, *rest = head.decode("latin-1").split("\r\n")
    headers = dict(line.split(": ", 1) for line in rest)
    assert len(body) == int(headers["Content-Length"])
    return Answer(
        status=int(first.split(" ")[1]), headers={k.lower(): v for k, v in headers.items()}, body=body
    )
