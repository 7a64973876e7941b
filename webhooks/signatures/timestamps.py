"""The time of signing: where it is, how it is written, how far it may be from ours."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, get_args

from webhooks.errors import Rejected
from webhooks.event import Delivery
from webhooks.places import Place, Reader, check_place
from webhooks.signatures.decoding import whole_number
from webhooks.signatures.placing import put
from webhooks.signatures.scheme import with_headers

Unit = Literal["s", "ms", "s_or_ms", "rfc3339"]
"""Since the epoch (UTC), whole; `s_or_ms` is for who writes now one and now the other."""

_RFC3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(?:Z|[+-][0-9]{2}:[0-9]{2})"
)
_LATEST_SECONDS = 10**11
"""The year 5138 in seconds, 1973 in milliseconds."""

_UNIT_NAMES = {
    "s": "a whole number of seconds",
    "ms": "a whole number of milliseconds",
    "s_or_ms": "a whole number of seconds or milliseconds",
    "rfc3339": "an RFC 3339 time",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Timestamp:
    """Where the sender puts the time of signing, and how far it may be from ours.

    Attributes:
        header: the header that holds it.
        field: or the name of a field of the signature header, for example Stripe's `t`.
        place: or where in the signed body it is.
        unit: see `Unit`.
        tolerance: seconds by which it may lie behind our clock, and ahead of it.
        future: seconds by which it may lie ahead, where that differs.
    """

    header: str | None = None
    field: str | None = None
    place: Place | None = None
    unit: Unit = "s"
    tolerance: float = 300.0
    future: float | None = None

    def __post_init__(self) -> None:
        """Refuse a timestamp that is nowhere, in two places, or never old enough to refuse."""
        if sum(map(bool, (self.header, self.field, self.place))) != 1:
            msg = "a timestamp is in a header or in a field of the signature header: name one of the two"
            raise ValueError(msg)
        if self.place is not None:
            check_place(self.place)
        if self.unit not in get_args(Unit):
            msg = f"timestamp_unit must be one of {', '.join(get_args(Unit))}, got {self.unit!r}"
            raise ValueError(msg)
        if not 0 < self.tolerance < math.inf:
            msg = f"tolerance must be more than 0 seconds and finite, got {self.tolerance:g}"
            raise ValueError(msg)
        if self.future is not None and not 0 <= self.future < math.inf:
            msg = f"tolerance_future must be 0 seconds or more and finite, got {self.future:g}"
            raise ValueError(msg)

    @property
    def where(self) -> str:
        """Name the place for a message."""
        return self.header or self.field or self.place or ""

    def text(self, delivery: Delivery, field: str | None) -> str:
        """Return the text of the timestamp, or raise `Rejected`; `field` is the signature header's."""
        found = field
        if self.header is not None:
            found = delivery.header(self.header)
        elif self.place is not None:
            found = Reader(delivery)(self.place)
        if found is None or found == "":
            raise Rejected("timestamp_missing", f"no timestamp in {self.where}")
        return found

    def seconds(self, text: str) -> float:
        """Read the time in seconds since the epoch (UTC), or raise `Rejected`."""
        value = rfc3339_seconds(text) if self.unit == "rfc3339" else whole_number(text)
        if value is None:
            raise Rejected("timestamp_malformed", f"the timestamp is not {_UNIT_NAMES[self.unit]}")
        milliseconds = self.unit == "ms" or (self.unit == "s_or_ms" and value >= _LATEST_SECONDS)
        return value / 1000 if milliseconds else float(value)

    def write(self, now: float) -> str:
        """Write our clock as the sender would."""
        if self.unit == "rfc3339":
            return datetime.fromtimestamp(int(now), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return str(int(now * 1000 if self.unit == "ms" else now))

    def put(self, delivery: Delivery, text: str) -> Delivery:
        """Return the delivery with the time of signing, unless that is a field of the signature's header."""
        if self.header is not None:
            return with_headers(delivery, (self.header, text))
        if self.place is not None:
            return put(delivery, self.place, int(text) if self.unit == "ms" else text)
        return delivery

    def check(self, time: float, now: float) -> None:
        """Raise `Rejected` when `time` is too far from `now`, both in seconds since the epoch."""
        check_age(
            time, now, past=self.tolerance, future=self.tolerance if self.future is None else self.future
        )


def check_age(time: float, now: float, *, past: float | None, future: float) -> None:
    """Raise `Rejected` when a signed time lies further back or ahead than allowed; all in seconds."""
    off = now - time
    if past is not None and off > past:
        raise Rejected("timestamp_stale", f"signed {off:.0f} s ago; {past:g} s are allowed")
    if -off > future:
        raise Rejected(
            "timestamp_future", f"signed {-off:.0f} s ahead of our clock; {future:g} s are allowed"
        )


def rfc3339_seconds(text: str) -> float | None:
    """Read an RFC 3339 time with at most nine decimals, in seconds since the epoch, or return None."""
    if not _RFC3339.fullmatch(text):
        return None
    try:
        # Decimals beyond the sixth are cut off: no tolerance is that fine.
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError):
        return None
