"""What we know of a provider, as one frozen value."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from webhooks.places import Place, check_place
from webhooks.signatures.scheme import Scheme

Identity = Literal["signed", "unsigned", "body", "none"]
"""How a provider names an event: an id under the signature, an id beside it, the hash of the body,
or not by anything in it: two equal bodies are two events. There an id beside the signature is taken
when it is sent, since a retry repeats it; otherwise each delivery gets an id of its own."""

MINUTE = 60.0
HOUR = 3600.0
DAY = 86400.0
MIB = 1024 * 1024

UNPUBLISHED = 4 * DAY
"""The retry window that is assumed where a provider publishes none: longer than is common."""


class Batch(NamedTuple):
    """Where one delivery holds several events.

    Attributes:
        items: a JSON pointer with `*` for each element of a list, for example `/events/*`; what it
            leads to is an event's body.
        each: pointers of the same kind within an item; where they lead anywhere, the item is
            narrowed to one of what they lead to at a time, so that what surrounds it is kept.
        form: the form field that holds the JSON, where the body is not JSON itself.
    """

    items: str
    each: tuple[str, ...] = ()
    form: str | None = None


class Setting(NamedTuple):
    """Something that a source configures beside its secrets.

    Attributes:
        name: the key in the source's table, and in the `options` of `verify` and the handshakes.
        about: what it is, in a few words.
        required: whether the source cannot work without it.
        flag: whether it is true or false, and not a text.
    """

    name: str
    about: str
    required: bool = False
    flag: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """One entry of the catalogue.

    Attributes:
        name: the catalogue name, for example `stripe`.
        title: the name as the provider writes it.
        scheme: how it signs.
        identity: see `Identity`.
        event_id: where the event's id is; None where the body's hash names it. In a batch, both
            places are looked up with the item as the body.
        event_type: where the event's type is; None where nothing says it.
        body_fixed: whether a redelivered id always carries the same body, so that another body
            under a known id is a conflict and not a duplicate.
        retry_window: seconds over which the provider tries again by itself; 0 when it never does.
        resend_window: seconds over which its customers can have an event sent again by hand.
        batch: where several events are, or None where a delivery is one.
        ack_deadline: seconds within which it wants the answer, or None when not published.
        weakness: what the signature does not cover, or why it proves less than others do.
        settings: what a source may or must configure beside its secrets.
        key_name: what the secret is, as the provider calls it.
        key_example: one secret as it is written in `hookline.toml`.
        signs_url: whether the URL, or its path, is signed, so that a source needs its public one.
        inflates: whether a body may be gzip that was compressed after signing; events are then the
            plain body.
        tells_secret: whether its handshake tells the secret, so that a source begins without one.
        reply: the body that an accepted delivery must be answered with, where the provider reads it;
            when that is empty, a refusal's is too.
        reply_media: the content type of `reply`.
        max_body: bytes of the largest body it sends.
        sample_body: a body for `hookline send`, with `{type}`, `{id}` and `{now}` to fill in; None
            where one can be made from the places above.
        sample_headers: headers of such a request, filled in alike.
        sample_media: the content type of such a request.
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
    retry_window: float = UNPUBLISHED
    resend_window: float = 0.0
    batch: Batch | None = None
    ack_deadline: float | None = None
    weakness: str = ""
    settings: tuple[Setting, ...] = ()
    key_name: str = "the signing secret"
    key_example: str = ""
    signs_url: bool = False
    inflates: bool = False
    tells_secret: bool = False
    reply: str | None = None
    reply_media: str = "text/plain; charset=utf-8"
    max_body: int = 5 * MIB
    sample_body: str | None = None
    sample_headers: tuple[tuple[str, str], ...] = field(default=())
    sample_media: str = "application/json"
    sample_type: str = "hookline.sample"
    secret_prefix: str = ""

    def __post_init__(self) -> None:
        """Refuse what is no place, and an id where the identity says that there is none."""
        for place in (self.event_id, self.event_type):
            if place is not None:
                check_place(place)
        if self.identity == "body" and self.event_id is not None:
            msg = f"{self.name}: the identity 'body' has no use for an event_id"
            raise ValueError(msg)

    @property
    def retries(self) -> bool:
        """Whether the provider ever tries again by itself."""
        return self.retry_window > 0

    @property
    def retry_published(self) -> bool:
        """Whether `retry_window` is the provider's word and not our assumption."""
        return self.retry_window != UNPUBLISHED
