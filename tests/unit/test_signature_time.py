"""The time of signing: read strictly, bounded both ways, and judged only after the signature."""

from __future__ import annotations

import pytest

from tests.support.events import NOW
from tests.support.senders import BODY, SECRET, Sender, request, signed
from webhooks.errors import Rejected
from webhooks.signatures import verify
from webhooks.signatures.keyed import Keyed
from webhooks.signatures.timestamps import Timestamp

IN_FIELD = Sender(
    Keyed(header="X-Signature", field="v1", signed="{timestamp}.{body}", timestamp=Timestamp(field="t"))
)
IN_HEADER = Sender(
    Keyed(header="X-Signature", signed="{timestamp}.{body}", timestamp=Timestamp(header="X-Time"))
)
IN_MILLISECONDS = Sender(
    Keyed(
        header="X-Signature",
        signed="{timestamp}.{body}",
        timestamp=Timestamp(header="X-Time", unit="ms", tolerance=60),
    )
)
SENDERS = [IN_FIELD, IN_HEADER, IN_MILLISECONDS]


def tolerance(sender: Sender) -> float:
    assert sender.scheme.timestamp is not None
    return sender.scheme.timestamp.tolerance


@pytest.mark.parametrize("sender", SENDERS)
@pytest.mark.parametrize("direction", [1, -1])
def test_at_the_edge_of_the_tolerance_a_delivery_is_accepted(sender: Sender, direction: int) -> None:
    now = NOW + direction * tolerance(sender)
    assert verify(sender, signed(sender, now=NOW), [SECRET], now=now).timestamp == NOW


@pytest.mark.parametrize("sender", SENDERS)
@pytest.mark.parametrize(("direction", "code"), [(1, "timestamp_stale"), (-1, "timestamp_future")])
def test_beyond_the_tolerance_it_is_refused_both_ways(sender: Sender, direction: int, code: str) -> None:
    now = NOW + direction * (tolerance(sender) + 1)
    with pytest.raises(Rejected, match=code):
        verify(sender, signed(sender, now=NOW), [SECRET], now=now)


@pytest.mark.parametrize("sender", SENDERS)
@pytest.mark.parametrize("off", [10_000.0, -10_000.0])
def test_who_does_not_know_the_secret_learns_nothing_of_our_clock(sender: Sender, off: float) -> None:
    forged = signed(sender, secret="guessed", now=NOW)
    with pytest.raises(Rejected, match="signature_mismatch"):
        verify(sender, forged, [SECRET], now=NOW + off)


def test_a_field_that_is_missing_is_told() -> None:
    (_, text) = signed(IN_FIELD).headers[-1]
    with pytest.raises(Rejected, match="timestamp_missing"):
        verify(IN_FIELD, request((("X-Signature", text.partition(",")[2]),)), [SECRET], now=NOW)


@pytest.mark.parametrize("headers", [(), (("X-Time", ""),)])
def test_a_header_that_is_missing_is_told(headers: tuple[tuple[str, str], ...]) -> None:
    given = dict(signed(IN_HEADER).headers)["X-Signature"]
    with pytest.raises(Rejected, match="timestamp_missing"):
        verify(IN_HEADER, request((("X-Signature", given), *headers)), [SECRET], now=NOW)


@pytest.mark.parametrize(
    "stamp",
    [
        *("1_790_000_000", " 1790000000", "1790000000 ", "+1790000000", "-1", "1790000000.0", "1e9"),
        *("9" * 30, "١٧٩٠٠٠٠٠٠٠", "²", "nan", "0x10", "é", "\x00", "now"),
    ],
)
def test_what_is_not_a_plain_whole_number_is_malformed(stamp: str) -> None:
    given = dict(signed(IN_HEADER).headers)["X-Signature"]
    with pytest.raises(Rejected, match="timestamp_malformed"):
        verify(IN_HEADER, request((("X-Signature", given), ("X-Time", stamp))), [SECRET], now=NOW)


def test_a_timestamp_moved_by_one_does_not_match() -> None:
    given = dict(signed(IN_HEADER).headers)["X-Signature"]
    moved = (("X-Signature", given), ("X-Time", str(int(NOW) + 1)))
    with pytest.raises(Rejected, match="signature_mismatch"):
        verify(IN_HEADER, request(moved), [SECRET], now=NOW)


def test_the_stamp_is_signed_as_it_was_written() -> None:
    headers = tuple(
        (name, "0" + value if name == "X-Time" else value) for name, value in signed(IN_HEADER).headers
    )
    with pytest.raises(Rejected, match="signature_mismatch"):
        verify(IN_HEADER, request(headers, BODY), [SECRET], now=NOW)


def test_a_scheme_without_a_time_never_looks_at_the_clock() -> None:
    sender = Sender(Keyed(header="X-Signature"))
    assert verify(sender, signed(sender), [SECRET], now=NOW + 10**9).timestamp is None
