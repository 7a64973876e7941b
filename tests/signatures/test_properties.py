"""For every preset: no bit of what it signs may change, and no bytes make it raise what it should not."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.signatures.covered import covered
from tests.signatures.credentials import NOW, Credentials, credentials
from webhooks.errors import REJECTIONS, Rejected
from webhooks.event import Delivery
from webhooks.providers.catalog import PROVIDERS
from webhooks.providers.identity import name_events
from webhooks.providers.samples import sample
from webhooks.signatures import sign, verify

URL = "https://hooks.example.com/webhooks/in?x=1&y=a%20b"
NAMES = sorted(PROVIDERS)
QUICK = settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))


@cache
def signed(name: str) -> Delivery:
    """Return a sample of a provider, signed."""
    given = credentials(name)
    draft = sample(PROVIDERS[name], url=URL, event_id="evt_1", now=NOW)
    return sign(name, draft, given.signing, now=NOW, options=given.sign_options)


def accepted(name: str, delivery: Delivery, given: Credentials) -> bool:
    """Say whether a delivery is proven; any exception but `Rejected` fails the test."""
    try:
        verify(name, delivery, given.secrets, now=NOW, options=given.options)
    except Rejected as refusal:
        return refusal.code not in REJECTIONS
    return True


def flipped(text: str | bytes, bit: int) -> Any:
    """Return the text with one bit turned over."""
    data = bytearray(text.encode("latin-1") if isinstance(text, str) else text)
    data[bit // 8 % len(data)] ^= 1 << bit % 8
    return data.decode("latin-1") if isinstance(text, str) else bytes(data)


def changed(delivery: Delivery, target: str, bit: int) -> Delivery:
    """Return the delivery with one bit of its body, URL or a header turned over."""
    headers = tuple(
        (name, flipped(value, bit) if name.lower() == target.lower() and value else value)
        for name, value in delivery.headers
    )
    return Delivery(
        method=delivery.method,
        url=flipped(delivery.url, bit) if target == "url" else delivery.url,
        headers=headers,
        body=flipped(delivery.body, bit) if target == "body" else delivery.body,
        received_at=delivery.received_at,
    )


@pytest.mark.parametrize("name", NAMES)
def test_what_is_signed_is_accepted(name: str) -> None:
    given = credentials(name)
    for secret in given.secrets:
        PROVIDERS[name].scheme.check_secret(secret)
    assert accepted(name, signed(name), given)


@pytest.mark.parametrize("name", NAMES)
def test_another_secret_is_refused(name: str) -> None:
    given = credentials(name)
    if isinstance(given.secret, str) and given.secret == given.signing:
        other = given.secret[:-2] + ("00" if given.secret[-2:] != "00" else "11")
        if name != "aws_sns" and "whsec" not in given.secret and not given.secret.endswith("="):
            assert not accepted(
                name, signed(name), Credentials(secret=other, signing=other, options=given.options)
            )


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
@QUICK
def test_a_changed_bit_is_refused(name: str, data: st.DataObject) -> None:
    whole = signed(name)
    headers, reading = covered(name, PROVIDERS[name].scheme)
    target = data.draw(st.sampled_from([*headers, "body", "url"]), label="target")
    length = {"body": len(whole.body), "url": len(whole.url)}.get(target) or len(whole.header(target) or "")
    other = changed(whole, target, data.draw(st.integers(0, 8 * length - 1), label="bit"))
    if target in ("body", "url"):
        assume(reading(other) != reading(whole))
    assert not accepted(name, other, credentials(name))


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
@QUICK
def test_no_bytes_in_a_header_make_it_fail(name: str, data: st.DataObject) -> None:
    whole = signed(name)
    texts = st.text(st.characters(max_codepoint=255), max_size=80)
    shaped = st.sampled_from(
        ["t=1,v1=", "v1,", "Bearer a.b.c", "sha256=", "é", "=", ",", "..", "\x00", "1" * 400]
    )
    target = data.draw(st.sampled_from([header for header, _ in whole.headers]))
    value = data.draw(st.one_of(texts, shaped))
    headers = tuple((header, value if header == target else old) for header, old in whole.headers)
    hostile = Delivery(method="POST", url=URL, headers=headers, body=whole.body, received_at=NOW)
    accepted(name, hostile, credentials(name))
    assert name_events("src", PROVIDERS[name], hostile)


_LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20))
_VALUES = st.recursive(
    _LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
)


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
@QUICK
def test_no_body_makes_it_fail(name: str, data: st.DataObject) -> None:
    whole = signed(name)
    try:
        document = json.loads(whole.body)
    except ValueError:
        document = None
    if isinstance(document, dict) and data.draw(st.booleans()):
        spot = data.draw(st.sampled_from(sorted(document)))
        body = json.dumps({**document, spot: data.draw(_VALUES)}).encode()
    else:
        body = data.draw(st.binary(max_size=200))
    hostile = Delivery(method="POST", url=URL, headers=whole.headers, body=body, received_at=NOW)
    accepted(name, hostile, credentials(name))
    assert name_events("src", PROVIDERS[name], hostile)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "url", ["", "http://[", "not a url", "https://h/\ud800?a=\ud800", "https://h:99999999/x?" + "a&" * 2000]
)
def test_no_url_makes_it_fail(name: str, url: str) -> None:
    whole = signed(name)
    hostile = Delivery(method="GET", url=url, headers=whole.headers, body=whole.body, received_at=NOW)
    accepted(name, hostile, credentials(name))
