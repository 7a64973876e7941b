"""What holds for every scheme, every body and whatever a stranger writes into a header."""

from __future__ import annotations

import json

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from tests.support.events import NOW
from tests.support.senders import SECRET, Sender, request, signed
from webhooks.errors import Rejected
from webhooks.providers.body_digest_prefixed import GITHUB
from webhooks.providers.preset import Provider
from webhooks.providers.timed_digest import STRIPE
from webhooks.signatures import verify
from webhooks.signatures.keyed import Keyed
from webhooks.signatures.timestamps import Timestamp

PROVIDERS = [STRIPE, GITHUB]

wire_text = st.binary(max_size=200).map(lambda raw: raw.decode("latin-1"))
any_text = st.text(max_size=60)
secrets = st.text(st.characters(exclude_categories=["Cs"]), max_size=60).filter(str.strip)
tokens = st.text(st.sampled_from("abcxyz019_"), min_size=1, max_size=4)


def header_of(provider: Provider) -> str:
    assert isinstance(provider.scheme, Keyed)
    return provider.scheme.header


@st.composite
def schemes(draw: st.DrawFn) -> Keyed:
    """Whatever the constructor lets pass."""
    unit = st.sampled_from(["s", "ms"])
    in_field = st.builds(Timestamp, field=st.sampled_from(["t", "time"]), unit=unit)
    in_header = st.builds(Timestamp, header=st.just("X-Time"), unit=unit)
    timestamp = draw(st.none() | in_field | in_header)
    listed = timestamp is not None and timestamp.field is not None
    field = draw(tokens if listed else st.none() | tokens)
    stamp = "" if timestamp is None else "{timestamp}"
    try:
        return Keyed(
            header="X-Signature",
            prefix=draw(st.sampled_from(["", "sha256=", "v0=", "HMAC-SHA256 "])),
            field=field,
            separator=draw(st.sampled_from([",", ";", ", ", " ", "&", "|", ".", "-"])),
            algorithm=draw(st.sampled_from(["sha1", "sha256", "sha512"])),
            encoding=draw(st.sampled_from(["hex", "base64"])),
            signed=stamp + draw(st.sampled_from(["{body}", ".{body}", "{method}{url}{body}", "{body}:é}"])),
            timestamp=timestamp,
        )
    except ValueError:
        assume(False)
        raise


@given(scheme=schemes(), body=st.binary(max_size=100), secret=secrets)
def test_what_sign_made_verify_accepts_under_every_scheme_that_can_be_made(
    scheme: Keyed, body: bytes, secret: str
) -> None:
    sender = Sender(scheme)
    found = verify(sender, signed(sender, body=body, secret=secret), [secret + "x", secret], now=NOW)
    assert found.secret == 1


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: str(provider.name))
@given(text=wire_text | any_text)
@example(text="t=1790000000,v1=é")
@example(text="sha256=é")
@example(text="t=,v1=")
@example(text=",,,,")
def test_whatever_a_signature_header_holds_is_refused_and_no_crash(provider: Provider, text: str) -> None:
    with pytest.raises(Rejected):
        verify(provider, request(((header_of(provider), text),)), [SECRET], now=NOW)


@given(
    scheme=schemes(),
    headers=st.lists(st.tuples(st.sampled_from(["X-Signature", "X-Time"]), wire_text | any_text), max_size=4),
)
def test_no_headers_crash_any_scheme(scheme: Keyed, headers: list[tuple[str, str]]) -> None:
    with pytest.raises(Rejected):
        verify(Sender(scheme), request(tuple(headers)), [SECRET], now=NOW)


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: str(provider.name))
@given(body=st.binary(min_size=1, max_size=60), data=st.data())
def test_no_bit_of_a_body_can_be_changed(provider: Provider, body: bytes, data: st.DataObject) -> None:
    bit = data.draw(st.integers(0, len(body) * 8 - 1))
    changed = bytearray(body)
    changed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(Rejected, match="signature_mismatch"):
        verify(provider, request(signed(provider, body=body).headers, bytes(changed)), [SECRET], now=NOW)


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: str(provider.name))
@given(data=st.data())
def test_no_bit_of_a_signature_header_can_be_changed(provider: Provider, data: st.DataObject) -> None:
    name = header_of(provider)
    whole = signed(provider)
    text = whole.header(name) or ""
    raw = bytearray(text.encode())
    bit = data.draw(st.integers(0, len(raw) * 8 - 1))
    raw[bit // 8] ^= 1 << bit % 8
    changed = raw.decode("latin-1")
    with pytest.raises(Rejected):
        verify(provider, request(((name, changed),)), [SECRET], now=NOW)


@given(known=st.lists(secrets, min_size=1, max_size=3), guess=secrets)
def test_only_a_configured_secret_opens(known: list[str], guess: str) -> None:
    assume(guess not in known)
    with pytest.raises(Rejected, match="signature_mismatch"):
        verify(STRIPE, signed(STRIPE, secret=guess), known, now=NOW)


@given(now=st.integers(0, 10**11), off=st.floats(-1e6, 1e6))
def test_a_signed_time_counts_within_the_tolerance_and_nowhere_else(now: int, off: float) -> None:
    delivery = signed(STRIPE, body=json.dumps({"id": "evt_1"}).encode(), now=now)
    if abs(off) <= 299:
        assert verify(STRIPE, delivery, [SECRET], now=now + off).timestamp == now
    elif abs(off) >= 301:
        with pytest.raises(Rejected, match="timestamp_stale" if off > 0 else "timestamp_future"):
            verify(STRIPE, delivery, [SECRET], now=now + off)
