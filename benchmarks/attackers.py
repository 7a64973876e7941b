"""`python -m benchmarks.attackers PORT SECONDS NAMES`: unwanted requests.

Each is sent as soon as the one before it is answered. They run in a process of their own, so that the
honest load of the same measurement keeps its pace. The last line of the output says how many requests of each
attacker were answered, by status.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import hmac
import itertools
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

import uvloop

from benchmarks.deliveries import GITHUB_SECRET
from benchmarks.steady import whole

BOMB = 16 * 1024 * 1024
"""Bytes that a bomb of 16 KB inflates to."""

_WRONG = "0" * 64
_JSON = "Content-Type: application/json"


class Attacker(NamedTuple):
    """Who sends unwanted requests.

    Attributes:
        title: for a table.
        connections: each of which sends its next request as soon as it is answered.
        requests: makes them, without end.
    """

    title: str
    connections: int
    requests: Callable[[], Iterator[bytes]]


def _request(source: str, headers: str, body: bytes) -> bytes:
    head = f"POST /webhooks/{source} HTTP/1.1\r\nHost: 127.0.0.1\r\n{_JSON}\r\n{headers}\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def bombs() -> Iterator[bytes]:
    """Make gzip bodies of 16 KB that inflate to 16 MiB, with a signature that proves nothing."""
    body = gzip.compress(bytes(BOMB), 9)
    return itertools.repeat(_request("stream", f"X-Signature: {_WRONG}", body))


def unproven() -> Iterator[bytes]:
    """Make deliveries of GitHub with a signature that proves nothing."""
    headers = f"X-GitHub-Event: push\r\nX-Hub-Signature-256: sha256={_WRONG}"
    return itertools.repeat(_request("github", headers, b"{}"))


def proven() -> Iterator[bytes]:
    """Make deliveries of GitHub that are signed as they must be, each with an id of its own."""
    for number in itertools.count():
        body = b'{"zen": "%d"}' % number
        signature = hmac.digest(GITHUB_SECRET.encode(), body, hashlib.sha256).hex()
        name = f"X-GitHub-Event: push\r\nX-GitHub-Delivery: flood-{number}"
        yield _request("github", f"{name}\r\nX-Hub-Signature-256: sha256={signature}", body)


def invented_keys() -> Iterator[bytes]:
    """Make deliveries of PayPal that name a certificate which is not there, another one each time."""
    for number in itertools.count():
        headers = "\r\n".join(
            (
                f"PayPal-Cert-Url: https://api.paypal.com/v1/notifications/certs/CERT-{number}",
                "PayPal-Auth-Algo: SHA256withRSA",
                "PayPal-Transmission-Id: 00000000-0000-0000-0000-000000000000",
                "PayPal-Transmission-Time: 2026-01-01T00:00:00Z",
                "PayPal-Transmission-Sig: AAAA",
            )
        )
        yield _request("paypal", headers, b'{"id": "WH-1"}')


ATTACKERS: Mapping[str, Attacker] = {
    "bomb": Attacker("gzip bombs", 4, bombs),
    "unproven": Attacker("an unproven flood", 16, unproven),
    "proven": Attacker("a proven flood", 16, proven),
    "keys": Attacker("invented keys", 4, invented_keys),
}


async def attack(port: int, seconds: float, attacker: Attacker) -> Counter[str]:
    """Send an attacker's requests for so many seconds, and return the answers by status."""
    seen: Counter[str] = Counter()
    requests = attacker.requests()
    async with asyncio.timeout(seconds + 1), asyncio.TaskGroup() as group:
        until = asyncio.get_running_loop().time() + seconds
        for _ in range(attacker.connections):
            group.create_task(_connection(port, until, requests, seen))
    return seen


async def _connection(port: int, until: float, requests: Iterator[bytes], seen: Counter[str]) -> None:
    now = asyncio.get_running_loop().time
    while now() < until:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            async with asyncio.timeout_at(until):
                while now() < until:
                    writer.write(next(requests))
                    if await _answered(reader, seen):
                        break
        except TimeoutError:
            return
        except (OSError, EOFError):
            seen["broken"] += 1
        finally:
            writer.close()


async def _answered(reader: asyncio.StreamReader, seen: Counter[str]) -> bool:
    """Read one answer, count it, and return whether its connection ends with it."""
    received = b""
    while (found := whole(received)) is None:
        more = await reader.read(65536)
        if not more:
            raise EOFError
        received += more
    seen[str(found[0])] += 1
    return found[1]


async def _all(port: int, seconds: float, names: list[str]) -> dict[str, Counter[str]]:
    found = await asyncio.gather(*(attack(port, seconds, ATTACKERS[name]) for name in names))
    return dict(zip(names, found, strict=True))


if __name__ == "__main__":
    _port, _seconds, _names = sys.argv[1:]
    _found = uvloop.run(_all(int(_port), float(_seconds), _names.split(",") if _names else []))
    sys.stdout.write(json.dumps(_found) + "\n")
