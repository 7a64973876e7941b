"""What a receiver must take and what it must refuse, as requests with the answers that are right."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from uuid import uuid4

from webhooks.cli.posting import Reply
from webhooks.cli.signing import Signer
from webhooks.errors import Rejected
from webhooks.event import Delivery
from webhooks.providers.handshake_samples import handshake_sample
from webhooks.providers.handshakes import answer
from webhooks.providers.identity import name_events
from webhooks.providers.manner import Fetched
from webhooks.providers.preset import DAY
from webhooks.signatures.scheme import with_body, with_headers

LONG_AGO = 60 * DAY
"""Seconds: older than any provider's tolerance."""

MISSING = 64
"""Bytes that a truncated request announces and does not send."""

WIDEST = 40
"""Characters of an answer that are shown in a table."""

_TOKEN = re.compile(r"[A-Za-z0-9+/=_-]{4,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """Requests that are sent one after the other, and the answer that the last must get.

    Attributes:
        what: its name.
        deliveries: the requests; none when it is skipped.
        statuses: the HTTP statuses that are right.
        word: the outcome or code that is right, where the answer says one; empty for any.
        body: the body that is right, or None for any.
        missing: bytes that are announced and not sent.
        skipped: why it cannot be tried; empty when it can.
    """

    what: str
    deliveries: tuple[Delivery, ...] = ()
    statuses: tuple[int, ...] = (200,)
    word: str = ""
    body: bytes | None = None
    missing: int = 0
    skipped: str = ""

    @property
    def expected(self) -> str:
        """Return for people which answer is right."""
        if self.skipped:
            return "-"
        text = " or ".join(map(str, self.statuses))
        shown = self.word or ("" if self.body is None else _short(self.body))
        return f"{text} {shown}".rstrip()

    def right(self, reply: Reply) -> bool:
        """Say whether an answer is the right one."""
        if reply.status not in self.statuses or (self.body is not None and reply.body != self.body):
            return False
        # A provider's own answer, such as Twilio's, has no word of ours in it.
        return not self.word or reply.word in ("", self.word)


def got(reply: Reply) -> str:
    """Return an answer for people, in a few words."""
    return f"{reply.status} {reply.word or _short(reply.body)}".rstrip()


def good(signer: Signer, now: float) -> Trial:
    """Return a sample that must be accepted; `now` in seconds since the epoch (UTC).

    Raises:
        CannotSign: see `Signer.good`.
    """
    reason = signer.cannot()
    if reason:
        return Trial(what="good", skipped=reason)
    return Trial(what="good", deliveries=(signer.good(now),), word="accepted")


def stale(signer: Signer, now: float) -> Trial | None:
    """Return a sample signed long ago; None where no time is signed."""
    if signer.cannot():
        return None
    old = signer.sign(signer.draft(now), now - LONG_AGO)
    refusal = signer.refusal(old, now)
    return _refused("stale", old, refusal) if refusal is not None else None


def altered(signer: Signer, now: float) -> Trial | None:
    """Return a sample changed after it was signed; where we cannot sign, one with a made-up signature."""
    if signer.cannot():
        return _made_up(signer, now)
    draft = signer.draft(now)
    signed = signer.sign(draft, now)
    for changed in _changes(draft, signed):
        refusal = signer.refusal(changed, now)
        if refusal is not None:
            return _refused("altered", changed, refusal)
    return None


def unsigned(signer: Signer, now: float) -> Trial | None:
    """Return a sample without any signature."""
    draft = signer.draft(now)
    refusal = signer.refusal(draft, now)
    return _refused("unsigned", draft, refusal) if refusal is not None else None


def duplicate(signer: Signer, now: float) -> Trial | None:
    """Return a sample that is sent twice; None where two equal requests are two events."""
    if signer.cannot():
        return None
    signed = signer.good(now)
    first, second = (
        [name.id for name in name_events(signer.source.name, signer.provider, signed)] for _ in range(2)
    )
    return Trial(what="duplicate", deliveries=(signed, signed), word="duplicate") if first == second else None


def truncated(signer: Signer, now: float) -> Trial:
    """Return a sample that ends before its announced length."""
    delivery = signer.draft(now) if signer.cannot() else signer.good(now)
    return Trial(
        what="truncated", deliveries=(delivery,), statuses=(400,), word="body_truncated", missing=MISSING
    )


def hostile(signer: Signer, now: float) -> Trial | None:
    """Return a request that names a stranger's address for its key; None where none is named."""
    from webhooks.cli.forging import can_be_hostile, forged  # noqa: PLC0415 - costs 30 ms, seldom wanted

    if not can_be_hostile(signer.provider):
        return None
    found = forged(signer.provider, signer.draft(now), signer.secret, now=now, hostile=True)
    if found is None:
        return None
    return Trial(what="hostile key URL", deliveries=(found,), statuses=(401,), word="key_untrusted")


def handshake(signer: Signer, now: float) -> Trial | None:
    """Return the provider's handshake; None where it has none that we can make."""
    challenge = uuid4().hex
    try:
        asked = handshake_sample(
            signer.provider,
            url=signer.url,
            challenge=challenge,
            now=now,
            options=signer.options,
            secret=signer.secret,
        )
        if asked is None:
            return None
        right = answer(signer.provider, asked, signer.secrets, signer.options, now)
    except ValueError as error:
        return Trial(what="handshake", skipped=f"not possible: {error}")
    except Rejected as refusal:
        return Trial(what="handshake", skipped=f"not possible: {refusal.message}")
    if right is None:
        return None
    return Trial(what="handshake", deliveries=(asked,), statuses=(right.status,), body=right.body)


Maker = Callable[[Signer, float], Trial | None]

BAD: Mapping[str, Maker] = MappingProxyType(
    {
        "stale": stale,
        "altered": altered,
        "unsigned": unsigned,
        "duplicate": duplicate,
        "truncated": truncated,
    }
)
"""What must be refused, or in the case of `duplicate` not taken for new."""


def all_trials(signer: Signer, now: float) -> list[Trial]:
    """Return everything that a source can be tried with; `now` in seconds since the epoch (UTC).

    Raises:
        CannotSign: the secret or the private key cannot sign although it should.
    """
    makers: tuple[Maker, ...] = (good, *BAD.values(), hostile, handshake)
    return [trial for trial in (make(signer, now) for make in makers) if trial is not None]


def _made_up(signer: Signer, now: float) -> Trial | None:
    from webhooks.cli.forging import forged  # noqa: PLC0415 - costs 30 ms, seldom wanted

    found = forged(signer.provider, signer.draft(now), signer.secret, now=now)
    if found is None:
        return None
    # Where the key has to be asked for, the provider may not be in reach: then nothing was judged.
    if isinstance(signer.provider.scheme, Fetched):
        return Trial(what="altered", deliveries=(found,), statuses=(401, 503))
    return Trial(what="altered", deliveries=(found,), statuses=(401,), word="signature_mismatch")


def _refused(what: str, delivery: Delivery, refusal: Rejected) -> Trial:
    return Trial(what=what, deliveries=(delivery,), statuses=(refusal.status,), word=refusal.code)


def _changes(draft: Delivery, signed: Delivery) -> Iterator[Delivery]:
    """Yield small changes, those of the body first: not every scheme signs all of it."""
    yield with_body(signed, signed.body.replace(b"sample_", b"sampel_"))
    yield with_body(signed, signed.body + b" ")
    for name, value in signed.headers:
        if draft.header(name) != value:
            yield from (with_headers(signed, (name, text)) for text in _others(value, ""))
    text, before = signed.body.decode("latin-1"), draft.body.decode("latin-1")
    yield from (with_body(signed, changed.encode("latin-1")) for changed in _others(text, before))
    yield from (with_body(signed, signed.body, url=changed) for changed in _others(signed.url, draft.url))


def _others(text: str, before: str) -> Iterator[str]:
    """Yield `text` with one character changed in each run that was not there before, the longest first."""
    for match in sorted(_TOKEN.finditer(text), key=lambda match: -len(match[0])):
        if match[0] not in before:
            middle = (match.start() + match.end()) // 2
            yield text[:middle] + ("1" if text[middle] == "0" else "0") + text[middle + 1 :]


def _short(body: bytes) -> str:
    text = body.decode("utf-8", "replace").strip()
    return text if len(text) <= WIDEST else text[: WIDEST - 3] + "..."
