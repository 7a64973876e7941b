"""What was posted and what a handler was given, as one short text each, so that they can be compared."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable

HEADERS = ("content-type", "x-lab-id", "x-lab-signature")
"""Headers that the load sets itself; what a client or a proxy adds is not compared."""


def fingerprint(*, source: str, type: str, headers: Iterable[tuple[str, str]], body: bytes) -> str:
    """Return a checksum over all that a handler relies on: source, type, headers and body."""
    kept = sorted((name.lower(), value) for name, value in headers if name.lower() in HEADERS)
    head = json.dumps([source, type, kept]).encode()
    return f"{zlib.crc32(body, zlib.crc32(head)):08x}"
