"""What a proven delivery is called: each event's id, type and body."""

from __future__ import annotations

import hashlib
import re
from contextlib import suppress
from typing import NamedTuple
from uuid import uuid4

from webhooks.errors import Rejected
from webhooks.event import Delivery
from webhooks.places import Reader
from webhooks.providers.batches import items
from webhooks.providers.preset import Provider
from webhooks.signatures.odd.inflated import inflated
from webhooks.signatures.scheme import with_body

UNKNOWN_TYPE = "unknown"
_PLAIN_ID = re.compile(r"[!-~]{1,200}")
# GitLab's types have blanks: "Push Hook".
_PLAIN_TYPE = re.compile(r"[!-~](?:[ -~]{0,198}[!-~])?")


class Name(NamedTuple):
    """How an event of a delivery is called.

    Attributes:
        id: `<source>:<the provider's own id>`, the idempotency key.
        type: the provider's name for what happened, or `unknown`.
        body: the event's own bytes: the delivery's, or in a batch those of its item.
        digest: SHA-256 of `body`, hex.
        remember_body: whether the same body under another id is the same event.
    """

    id: str
    type: str
    body: bytes
    digest: str
    remember_body: bool


def name_events(source: str, provider: Provider, delivery: Delivery) -> tuple[Name, ...]:
    """Name the events in a proven delivery: at least one, and several in a batch.

    A batch without items, or one that cannot be read, is one event: nothing that was proven is
    dropped. Two items with the same id and body are one event. Never raises, whatever the body
    holds.
    """
    if provider.inflates:
        with suppress(Rejected):
            delivery = with_body(delivery, inflated(delivery.body))
    bodies = items(provider.batch, delivery) if provider.batch is not None else []
    whole = _sha256(delivery.body)
    if not bodies:
        return (_name(source, provider, delivery, digest=whole, fallback=whole),)
    # Two items without an id may well be equal; where they stood tells them apart.
    names = [
        _name(
            source,
            provider,
            with_body(delivery, body),
            digest=_sha256(body),
            fallback=f"{whole}-{position}",
        )
        for position, body in enumerate(bodies)
    ]
    return tuple({(name.id, name.digest): name for name in names}.values())


def _name(source: str, provider: Provider, delivery: Delivery, *, digest: str, fallback: str) -> Name:
    find = Reader(delivery)
    own = find(provider.event_id) if provider.event_id is not None else None
    if own is None:
        own = uuid4().hex if provider.identity == "none" else f"sha256-{fallback}"
    kind = find(provider.event_type) if provider.event_type is not None else None
    return Name(
        id=f"{source}:{_plain(own, _PLAIN_ID)}",
        type=_plain(kind, _PLAIN_TYPE) if kind is not None else UNKNOWN_TYPE,
        body=delivery.body,
        digest=digest,
        remember_body=provider.identity == "unsigned",
    )


def _plain(text: str, allowed: re.Pattern[str]) -> str:
    """Return `text` if a terminal, a URL and a log can carry it as it is, else its hash."""
    if allowed.fullmatch(text):
        return text
    return "sha256-" + _sha256(text.encode("utf-8", "surrogatepass"))


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
