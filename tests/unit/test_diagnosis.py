"""Why a delivery was refused: each cause with a request that was really signed and then spoilt."""

from __future__ import annotations

import gzip
import json
import time
import zlib
from base64 import b64encode
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.signatures.credentials import credentials
from tests.support.config import settings_from
from tests.support.events import NOW
from webhooks import diagnosis
from webhooks.config import Source, SourceSecret
from webhooks.diagnosis import CAUSES, TRIES, Diagnosis, diagnose
from webhooks.errors import REJECTIONS, Rejected
from webhooks.event import Delivery
from webhooks.providers.catalog import PROVIDERS
from webhooks.signatures import sign, verify
from webhooks.signatures.scheme import with_body, with_headers
from webhooks.variants import LARGEST

SOURCES = """
[sources.stripe]
provider = "stripe"
secrets = ["whsec_fake_stripe"]

[sources.billing]
provider = "stripe"
secrets = ["whsec_fake_billing_old", "whsec_fake_billing"]

[sources.github]
provider = "github"
secrets = ["fake-github-secret"]

[sources.twilio]
provider = "twilio_json"
secrets = ["fake-twilio-token"]

[sources.orders]
provider = "hmac"
secrets = ["ZmFrZS1vcmRlcnMta2V5LW9mLTMyLWJ5dGVzLi4uLi4="]
signature = { header = "X-Sig", prefix = "v1=" }
"""
SOURCE_MAP = settings_from(SOURCES).sources
BODY = b'{"id": "evt_1", "type": "invoice.paid", "url": "https://a.example/b", "name": "Zo\xc3\xab"}'


def request(body: bytes = BODY, url: str = "https://hooks.example.com/webhooks/in") -> Delivery:
    headers = (("Content-Type", "application/json"),)
    return Delivery(method="POST", url=url, headers=headers, body=body, received_at=NOW)


def signed(source: str, delivery: Delivery | None = None, *, now: float = NOW, secret: int = 0) -> Delivery:
    found = SOURCE_MAP[source]
    return sign(found.provider, delivery or request(), found.secret_values[secret], now=now)


def refusal(source: Source, delivery: Delivery) -> Rejected:
    with pytest.raises(Rejected) as caught:
        verify(source.provider, delivery, source.secret_values, now=NOW)
    return caught.value


def why(name: str, delivery: Delivery) -> Diagnosis:
    source = SOURCE_MAP[name]
    return diagnose(refusal(source, delivery), source, delivery, SOURCE_MAP, now=NOW)


def test_a_missing_header_is_named() -> None:
    found = why("stripe", request())
    assert found.code == "signature_missing"
    assert found.sentence == "Header Stripe-Signature is missing or empty"
    assert "let no proxy take the header away" in found.cure


def test_a_time_that_is_off_is_told_in_seconds() -> None:
    late = why("stripe", signed("stripe", now=NOW - 412))
    assert late.sentence == "The timestamp is too old (signed 412 s ago, 300 s are allowed)"
    early = why("stripe", signed("stripe", now=NOW + 412))
    assert early.sentence == "The timestamp is ahead (signed 412 s ahead of our clock, 300 s are allowed)"
    assert "NTP" in late.cure
    assert "NTP" in early.cure


def test_the_secret_of_another_source_is_named_by_the_source() -> None:
    found = why("stripe", signed("billing", secret=1))
    assert found.code == "secret_of_other_source"
    assert found.sentence == "The signature was made with the secret of the source billing"
    assert found.cure.startswith("point the sender at /webhooks/billing, or add")


def test_the_secret_of_a_source_of_another_provider_is_found_too() -> None:
    delivery = sign("stripe", request(), SOURCE_MAP["github"].secret_values[0], now=NOW)
    assert why("stripe", delivery).sentence.endswith("the secret of the source github")


def test_a_delivery_for_another_source_is_recognised() -> None:
    found = why("stripe", signed("github"))
    assert found.code == "meant_for_other_source"
    assert found.sentence == "The delivery is one of GitHub for the source github and came to stripe"
    assert found.cure == "point the sender at /webhooks/github"


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ({"separators": (",", ":"), "ensure_ascii": False}, {}, "as compact JSON"),
        ({"separators": (",", ":")}, {"indent": 1}, "as compact JSON in ASCII"),
        ({}, {"separators": (",", ":")}, "as JSON with blanks after its separators"),
        ({"ensure_ascii": False}, {"separators": (",", ":")}, "as JSON with blanks after its separators, no"),
        ({"indent": 2, "ensure_ascii": False}, {}, "as JSON with an indent of 2"),
    ],
)
def test_a_body_that_was_written_anew_is_recognised(
    before: dict[str, Any], after: dict[str, Any], said: str
) -> None:
    document = json.loads(BODY)
    delivery = signed("github", request(json.dumps(document, **before).encode()))
    found = why("github", with_body(delivery, json.dumps(document, **after).encode()))
    assert found.code == "body_changed"
    assert found.sentence.startswith(f"The signature matches the body {said}")
    assert "byte for byte" in found.cure


@pytest.mark.parametrize(
    ("sent", "came", "said"),
    [
        (b'{"a": 1}\n', b'{"a": 1}', "with a newline at its end"),
        (b'{"a":   1}', b'{"a":   1}\r\n', "without the newline at its end"),
        (b'{"a":\n  1}', b'{"a":\r\n  1}', "with CRLF as LF"),
        (b'{"u":"a\\/b"}', b'{"u": "a/b"}', "as compact JSON in ASCII, slashes escaped"),
        (b'{\n  "u": 1\n}\n', b'{"u":1}', "as JSON with an indent of 2 and a newline at its end"),
        (b"a=b+c&d=%7E", b"a=b%20c&d=%7e", None),
        (b"a=b+c&d=", b"a=b%20c&d=", "as a form with + for blanks"),
        (b"a=b%20c&d=", b"a=b+c&d=", "as a form with %20 for blanks"),
    ],
)
def test_smaller_changes_of_a_body_are_recognised(sent: bytes, came: bytes, said: str | None) -> None:
    found = why("github", with_body(signed("github", request(sent)), came))
    assert found.code == ("signature_mismatch" if said is None else "body_changed")
    assert said is None or found.sentence == f"The signature matches the body {said}"


@pytest.mark.parametrize(("signs", "comes"), [("http", "https"), ("https", "http")])
def test_the_other_of_http_and_https_is_recognised(signs: str, comes: str) -> None:
    called = "://hooks.example.com/webhooks/twilio?a=1"
    delivery = signed("twilio", request(url=signs + called))
    found = why("twilio", with_body(delivery, delivery.body, url=delivery.url.replace(signs, comes, 1)))
    assert found.code == "url_changed"
    assert found.sentence == f"The signature matches the URL with {signs} instead of {comes}"
    assert "sources.twilio.public_url" in found.cure


def test_the_host_that_a_proxy_reports_is_recognised_and_not_quoted() -> None:
    delivery = signed("twilio")
    query = delivery.url.partition("?")[2]
    inside = with_body(delivery, delivery.body, url=f"http://10.0.0.7:8000/webhooks/in?{query}")
    found = why("twilio", with_headers(inside, ("X-Forwarded-Host", "hooks.example.com")))
    assert found.sentence == "The signature matches the URL with the host that X-Forwarded-Host names"


def test_a_signature_in_another_encoding_is_recognised() -> None:
    source = SOURCE_MAP["orders"]
    scheme: Any = source.provider.scheme
    other = replace(source.provider, scheme=type(scheme)(header="X-Sig", prefix="v1=", encoding="base64"))
    found = why("orders", sign(other, request(), source.secret_values[0], now=NOW))
    assert found.code == "signature_written_otherwise"
    assert found.sentence == "The signature is right but written with encoding = 'base64'"
    assert found.cure == 'set encoding = "base64" in sources.orders.signature'


def test_a_signature_with_another_prefix_is_recognised_also_for_a_preset() -> None:
    value = (signed("github").header("X-Hub-Signature-256") or "").removeprefix("sha256=")
    found = why("github", with_headers(request(), ("X-Hub-Signature-256", value)))
    assert found.sentence == "The signature is right but written with prefix = ''"
    assert found.cure == "have the sender sign as GitHub does, or configure it as it signs"


def test_a_secret_that_is_to_be_decoded_is_recognised() -> None:
    source = SOURCE_MAP["orders"]
    scheme: Any = source.provider.scheme
    other = replace(source.provider, scheme=type(scheme)(header="X-Sig", prefix="v1=", key="base64"))
    found = why("orders", sign(other, request(), source.secret_values[0], now=NOW))
    assert found.code == "secret_read_otherwise"
    assert found.cure == 'set key = "base64" in sources.orders.signature'


def test_a_body_that_ended_early_is_told_with_its_numbers() -> None:
    error = Rejected("body_truncated", "412 bytes were announced and 20 came")
    found = diagnose(error, SOURCE_MAP["stripe"], None, SOURCE_MAP, now=NOW)
    assert found.sentence == "The body is shorter than announced (412 bytes were announced and 20 came)"


@pytest.mark.parametrize("code", REJECTIONS)
def test_every_refusal_has_a_sentence_and_a_cure_without_gaps(code: str) -> None:
    found = diagnose(Rejected(code, "some words"), SOURCE_MAP["stripe"], None, SOURCE_MAP, now=NOW)
    assert found.code == code
    assert "ome words" in found.sentence
    assert found.cure
    assert not set("{}") & set(found.cure)


def test_what_nothing_explains_says_to_compare_the_secret() -> None:
    found = why("github", with_body(signed("github"), b"something else"))
    assert found.code == "signature_mismatch"
    assert "sources.github.secrets" in found.cure


def spoilt(kind: str) -> Delivery:
    """A request that costs the most tries."""
    delivery = with_body(signed("orders"), b'{"b":  1, "\xc3\xab": "/"}')
    if kind == "malformed":
        return with_headers(delivery, ("X-Sig", "nonsense"))
    return with_headers(delivery, ("X-Forwarded-Host", "other.example.com"))


@pytest.mark.parametrize("kind", ["malformed", "mismatch"])
def test_the_work_is_bounded_whatever_is_configured(kind: str) -> None:
    extra = {
        f"more{number}": replace(
            SOURCE_MAP["billing"], name=f"more{number}", secrets=(SourceSecret(value=f"whsec_x{number}"),)
        )
        for number in range(200)
    }
    source = SOURCE_MAP["orders"]
    delivery = spoilt(kind)
    error = refusal(source, delivery)
    with patch.object(diagnosis, "verify", wraps=verify) as counted:
        diagnose(error, source, delivery, {**SOURCE_MAP, **extra}, now=NOW)
    assert counted.call_count <= TRIES
    assert all(len(call.args[2]) <= diagnosis.MOST_SECRETS for call in counted.call_args_list)


def test_a_large_body_gets_no_tries_at_all() -> None:
    source = SOURCE_MAP["github"]
    delivery = with_body(signed("github"), b" " * (LARGEST + 1))
    error = refusal(source, delivery)
    with patch.object(diagnosis, "verify") as counted:
        diagnose(error, source, delivery, SOURCE_MAP, now=NOW)
    assert not counted.called


@pytest.mark.parametrize(
    "body",
    [b"[" + b"1," * 30_000 + b"1]", b"[" + b"{}," * 20_000 + b"{}]", b"&".join([b"a=%C3"] * 10_000)],
    ids=["numbers", "objects", "fields"],
)
def test_a_body_made_to_be_slow_costs_a_few_hundredths_of_a_second(body: bytes) -> None:
    delivery = with_body(signed("orders"), body)
    before = time.process_time()
    why("orders", delivery)
    assert time.process_time() - before < 0.25


@pytest.mark.parametrize("name", PROVIDERS)
def test_no_provider_makes_a_diagnosis_fail_or_fetch(name: str) -> None:
    """Every provider beside every kind of refusal: what needs a key from elsewhere is passed over."""
    secrets = tuple(SourceSecret(value=secret) for secret in credentials(name).secrets)
    mine = replace(SOURCE_MAP["github"], name="mine", provider=PROVIDERS[name], secrets=secrets)
    sources = {"mine": mine, **SOURCE_MAP}
    for body in (BODY, b"a=b", b"\xff", b"[" * 5000):
        for code in ("signature_missing", "signature_malformed", "signature_mismatch"):
            for source in (mine, SOURCE_MAP["stripe"]):
                found = diagnose(Rejected(code, "words"), source, request(body), sources, now=NOW)
                assert found.code in (*CAUSES, code)


TEXT = st.text(st.sampled_from("abcdefghkmnpqrstuvwxyz0123456789"), min_size=16, max_size=24)


@given(own=TEXT, other=TEXT, spoil=st.sampled_from(["none", "body", "other", "newline", "base64", "case"]))
def test_neither_a_secret_nor_a_signature_is_ever_told(own: str, other: str, spoil: str) -> None:
    first = replace(SOURCE_MAP["orders"], name="first", secrets=(SourceSecret(value=own),))
    second = replace(SOURCE_MAP["orders"], name="second", secrets=(SourceSecret(value=other),))
    right = sign(first.provider, request(), own, now=NOW)
    wrong = sign(second.provider, request(), other, now=NOW)
    value = right.header("X-Sig") or ""
    delivery = {
        "none": request(),
        "body": with_body(right, b"{}"),
        "other": wrong,
        "newline": with_body(right, BODY + b"\n"),
        "base64": with_headers(right, ("X-Sig", "v1=AAAA")),
        "case": with_headers(right, ("X-Sig", value.upper())),
    }[spoil]
    try:
        verify(first.provider, delivery, first.secret_values, now=NOW)
    except Rejected as error:
        found = diagnose(error, first, delivery, {"first": first, "second": second}, now=NOW)
        told = f"{found.code} {found.sentence} {found.cure}".lower()
        macs = [value[3:], (wrong.header("X-Sig") or "")[3:]]
        macs += [b64encode(bytes.fromhex(mac)).decode() for mac in macs]
        for hidden in (own, other, *macs, "evt_1", "invoice"):
            assert hidden.lower() not in told


@pytest.mark.parametrize("name", ["stream", "github"])
def test_a_compressed_body_is_not_inflated_again_to_find_out_why(name: str) -> None:
    sources = settings_from(
        SOURCES + '[sources.stream]\nprovider = "getstream"\nsecrets = ["fake-stream-secret"]\n'
    ).sources
    headers = (("X-Signature", "00" * 32), ("X-Hub-Signature-256", "sha256=" + "00" * 32))
    bomb = request(gzip.compress(bytes(LARGEST)))._replace(headers=headers)
    error = refusal(sources[name], bomb)
    with patch.object(zlib, "decompressobj", side_effect=AssertionError):
        assert diagnose(error, sources[name], bomb, sources, now=NOW).code == error.code
