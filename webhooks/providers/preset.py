"""What we know of a provider, as one frozen value."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from webhooks.providers.places import Place
from webhooks.signatures.scheme import Scheme

Identity = Literal["signed", "unsigned", "body", "none"]
"""How a provider names an event: an id under the signature, an id beside it, the hash of the body,
or not at all (two equal bodies are two events)."""

DAY = 86400.0
MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """One entry of the catalogue.

    Attributes:
        name: the catalogue name, for example `stripe`.
        title: the name as the provider writes it.
        scheme: how it signs.
        identity: see `Identity`.
        event_id: where the event's id is; None where the body's hash names it.
        event_type: where the event's type is; None where nothing says it.
        body_fixed: whether a redelivered id always carries the same body, so that another body
            under a known id is a conflict and not a duplicate.
        retry_window: seconds over which the provider tries again by itself; 0 when it never does.
        resend_window: seconds over which its customers can have an event sent again by hand.
        ack_deadline: seconds within which it wants the answer, or None when not published.
        max_body: bytes of the largest body it sends.
        sample_body: a body for `hookline send`, with `{type}`, `{id}` and `{now}` to fill in.
        sample_headers: headers of such a request, filled in alike.
        sample_type: the type that is sent when none is named.
        secret_prefix: what a generated secret starts with, as the provider's own do.
    """

    name: str
    title: str
    scheme: Scheme
    identity: Identity
    event_id: Place | None
    event_type: Place | None
    body_fixed: bool
    retry_window: float
    resend_window: float = 0.0
    ack_deadline: float | None = None
    max_body: int = 5 * MIB
    sample_body: str = '{{"id": "{id}", "type": "{type}", "created": {now}}}'
    sample_headers: tuple[tuple[str, str], ...] = field(default=())
    sample_type: str = "hookline.sample"
    secret_prefix: str = ""
