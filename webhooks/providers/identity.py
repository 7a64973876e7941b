"""What a proven delivery is called: the event's id and its type."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from uuid import uuid4

from webhooks.event import Delivery
from webhooks.places import Reader
from webhooks.providers.preset import Provider

UNKNOWN_TYPE = "unknown"
_PLAIN = re.compile(r"[!-~]{1,200}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """How a delivery's event is called.

    Attributes:
        id: `<source>:<the provider's own id>`, the idempotency key.
        type: the provider's name for what happened, or `unknown`.
        digest: SHA-256 of the body, hex.
        remember_body: whether the same body under another id is the same event.
    """

    id: str
    type: str
    digest: str
    remember_body: bool


def name_event(source: str, provider: Provider, delivery: Delivery) -> Name:
    """Name the event in a proven delivery; never raises, whatever the body holds."""
    find = Reader(delivery)
    digest = hashlib.sha256(delivery.body).hexdigest()
    own = find(provider.event_id) if provider.event_id is not None else None
    if provider.identity == "none":
        own = uuid4().hex
    if own is None:
        own = f"sha256-{digest}"
    kind = find(provider.event_type) if provider.event_type is not None else None
    return Name(
        id=f"{source}:{_plain(own)}",
        type=_plain(kind) if kind is not None else UNKNOWN_TYPE,
        digest=digest,
        remember_body=provider.identity == "unsigned",
    )


def _plain(text: str) -> str:
    """Return `text` if a terminal, a URL and a log can carry it as it is, else its hash."""
    if _PLAIN.fullmatch(text):
        return text
    return "sha256-" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
