"""What an unproven request costs, refused and diagnosed, grows with its own bytes and no faster."""

from __future__ import annotations

import gzip
import sys
import tracemalloc
from collections.abc import Callable
from types import MappingProxyType

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.signatures.credentials import NOW, credentials
from webhooks.config import Retry, Source, SourceSecret
from webhooks.diagnosis import diagnose
from webhooks.errors import Rejected
from webhooks.event import Delivery
from webhooks.providers.catalog import PROVIDERS
from webhooks.providers.samples import sample
from webhooks.signatures import sign, verify

FIXED_BYTES, BYTES_EACH = 400_000, 60
"""Bytes held at once, and for each byte of the request. JSON of empty objects takes 30 times its bytes."""

FIXED_CALLS, CALLS_EACH = 40_000, 40
"""Functions called, and for each byte of the request; up to 20 verifications are a diagnosis."""

LARGEST = 8 * 1024
"""Bytes of a header or a body here: large enough for what grows faster to break the bounds."""

NAMES = sorted(PROVIDERS)

BODIES: dict[str, Callable[[int], bytes]] = {
    "a bomb": lambda size: gzip.compress(bytes(1000 * size)),
    "deep JSON": lambda size: b"[" * size,
    "deep objects": lambda size: b'{"a":' * (size // 5),
    "many objects": lambda size: b"[" + b"{}," * (size // 3) + b"{}]",
    "many items": lambda size: b'{"notificationItems":[' + b"{}," * (size // 3) + b"{}]}",
    "a long number": lambda size: b'{"id":' + b"9" * size + b"}",
    "many fields": lambda size: b"a&" * (size // 2),
    "many parts": lambda size: b"--b\r\n\r\n" * (size // 7),
    "quotes": lambda size: b'"' * size,
}


def source(name: str) -> Source:
    given = credentials(name)
    provider = PROVIDERS[name]
    return Source(
        name=name,
        provider=provider,
        secrets=tuple(SourceSecret(value=secret) for secret in given.secrets),
        max_body=provider.max_body,
        retry=Retry(),
        key_retention=3600.0,
        options=given.options,
    )


OTHERS = {name: source(name) for name in ("getstream", "stripe", "adyen", "twilio")}


def refuse(own: Source, delivery: Delivery) -> None:
    """Refuse a request and find out why, as the receiver does."""
    options = {"max_body": own.max_body, **own.options}
    try:
        verify(own.provider, delivery, own.secret_values, now=NOW, options=options)
    except Rejected as error:
        diagnose(error, own, delivery, MappingProxyType({**OTHERS, own.name: own}), now=NOW)


def peak_of(call: Callable[[], None]) -> int:
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def calls_of(call: Callable[[], None]) -> int:
    calls = 0

    def note(frame: object, event: str, argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        call()
    finally:
        sys.setprofile(before)
    return calls


def hostile(name: str, data: st.DataObject) -> Delivery:
    """Return a signed request whose body is another, or one of whose headers says the same many times."""
    given = credentials(name)
    draft = sample(PROVIDERS[name], url="https://hooks.example.com/webhooks/in", event_id="evt_1", now=NOW)
    whole = sign(name, draft, given.signing, now=NOW, options=given.sign_options)
    size = data.draw(st.integers(LARGEST // 2, LARGEST), label="size")
    media = data.draw(
        st.sampled_from(
            ["application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b"]
        )
    )
    repeated = data.draw(st.sampled_from([*dict(whole.headers), ""]), label="repeated header")
    between = data.draw(st.sampled_from([",", " ", ", ", ";", "&"]), label="between")
    headers = tuple(
        (
            header,
            between.join([value] * (size // (len(value) + 1) + 1))[:LARGEST] if header == repeated else value,
        )
        for header, value in whole.headers
        if header.lower() != "content-type"
    )
    body = data.draw(st.sampled_from(sorted(BODIES)), label="body")
    return whole._replace(
        headers=(*headers, ("Content-Type", media)),
        body=BODIES[body](size) if not repeated or data.draw(st.booleans()) else whole.body,
    )


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
def test_it_grows_with_its_bytes(name: str, data: st.DataObject) -> None:
    delivery, own = hostile(name, data), source(name)
    size = len(delivery.body) + sum(len(key) + len(value) for key, value in delivery.headers)
    # Once before anything is counted: what is imported or made once is no cost of this request.
    calls = calls_of(lambda: refuse(own, delivery))
    assert calls <= FIXED_CALLS + CALLS_EACH * size
    assert peak_of(lambda: refuse(own, delivery)) <= FIXED_BYTES + BYTES_EACH * size


def test_a_header_that_names_headers_cannot_multiply_them() -> None:
    from webhooks.signatures.fetched_key import truelayer_text  # noqa: PLC0415 - one test needs it

    delivery = Delivery("POST", "https://a/in", (("X-A", "x" * LARGEST),), b"{}", NOW)
    assert truelayer_text(delivery, "X-A").count(b"X-A: ") == 1
    for names in ("X-A,X-A", "X-A,x-a", ",".join(["X-A"] * 2000)):
        with pytest.raises(Rejected, match="names a header twice"):
            truelayer_text(delivery, names)
