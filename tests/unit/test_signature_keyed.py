"""Proving and signing with a shared key, and what each fault is called."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest

from tests.support.events import NOW
from tests.support.senders import BODY, OLD_SECRET, SECRET, URL, Sender, request, signed
from webhooks.errors import Rejected
from webhooks.event import Delivery, Headers
from webhooks.signatures import sign, verify
from webhooks.signatures.decoding import Encoding
from webhooks.signatures.keyed import Algorithm, Keyed
from webhooks.signatures.timestamps import Timestamp

PLAIN = Sender(Keyed(header="X-Signature"))
LISTED = Sender(
    Keyed(
        header="X-Signature",
        field="v1",
        signed="{timestamp}.{body}",
        timestamp=Timestamp(field="t"),
    )
)


def digest(body: bytes = BODY, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def refusal(sender: Sender, headers: Headers, body: bytes = BODY) -> Rejected:
    with pytest.raises(Rejected) as caught:
        verify(sender, request(headers, body), [SECRET], now=NOW)
    return caught.value


def test_a_body_signed_with_the_secret_is_accepted() -> None:
    assert verify(PLAIN, request((("X-Signature", digest()),)), [SECRET], now=NOW).secret == 0


def test_the_header_is_found_whatever_its_case() -> None:
    verify(PLAIN, request((("x-SIGNATURE", digest()),)), [SECRET], now=NOW)


def test_of_a_repeated_header_the_first_counts() -> None:
    assert refusal(PLAIN, (("X-Signature", "0" * 64), ("X-Signature", digest()))).code == "signature_mismatch"


@pytest.mark.parametrize("headers", [(), (("X-Signature", ""),), (("X-Other", "0" * 64),)])
def test_without_the_header_the_signature_is_missing(headers: Headers) -> None:
    assert refusal(PLAIN, headers).code == "signature_missing"


def test_another_body_does_not_match() -> None:
    assert refusal(PLAIN, (("X-Signature", digest()),), BODY + b" ").code == "signature_mismatch"


def test_another_secret_does_not_match() -> None:
    assert refusal(PLAIN, (("X-Signature", digest(secret="guessed")),)).code == "signature_mismatch"


@pytest.mark.parametrize(
    "text",
    [
        digest()[:8],
        digest()[:-2],
        digest() + "00",
        digest() + "\n",
        " " + digest(),
        "sha256=" + digest(),
        base64.b64encode(bytes.fromhex(digest())).decode(),
        "é" * 64,
        "\udcff" * 64,
        "\x00",
    ],
)
def test_what_is_no_digest_of_the_right_length_is_malformed(text: str) -> None:
    assert refusal(PLAIN, (("X-Signature", text),)).code == "signature_malformed"


def test_the_digest_of_a_weaker_hash_is_malformed() -> None:
    weak = hmac.new(SECRET.encode(), BODY, hashlib.sha1).hexdigest()
    assert refusal(PLAIN, (("X-Signature", weak),)).code == "signature_malformed"


def test_without_its_prefix_a_signature_is_malformed() -> None:
    sender = Sender(Keyed(header="X-Signature", prefix="sha256="))
    assert refusal(sender, (("X-Signature", digest()),)).code == "signature_malformed"
    verify(sender, request((("X-Signature", "sha256=" + digest()),)), [SECRET], now=NOW)


def test_a_message_never_holds_the_expected_signature_or_the_secret() -> None:
    error = refusal(PLAIN, (("X-Signature", "0" * 64),))
    assert digest() not in str(error)
    assert SECRET not in str(error)


def test_each_of_several_secrets_is_tried_and_the_match_is_named() -> None:
    found = verify(PLAIN, request((("X-Signature", digest()),)), [OLD_SECRET, SECRET], now=NOW)
    assert found.secret == 1


def test_each_of_several_signatures_is_tried() -> None:
    (_, text) = signed(LISTED).headers[-1]
    stamp, _, right = text.partition(",")
    wrong = "v1=" + "0" * 64
    for header in (f"{stamp},{wrong},{right}", f"{stamp},{right},{wrong}", f"{right},{stamp}"):
        verify(LISTED, request((("X-Signature", header),)), [SECRET], now=NOW)


def test_a_field_of_another_name_is_never_looked_at() -> None:
    (_, text) = signed(LISTED).headers[-1]
    downgraded = text.replace("v1=", "v0=")
    assert refusal(LISTED, (("X-Signature", downgraded),)).code == "signature_malformed"


def test_no_secret_at_all_is_a_fault_of_the_caller() -> None:
    with pytest.raises(ValueError, match="at least one secret"):
        verify(PLAIN, request((("X-Signature", digest(secret="")),)), [], now=NOW)


@pytest.mark.parametrize("secret", ["", " ", "\n"])
def test_an_empty_secret_is_a_fault_of_the_caller(secret: str) -> None:
    with pytest.raises(ValueError, match="must not be empty"):
        verify(PLAIN, request((("X-Signature", digest(secret=secret)),)), [secret], now=NOW)
    with pytest.raises(ValueError, match="must not be empty"):
        signed(PLAIN, secret=secret)


@pytest.mark.parametrize("algorithm", ["sha1", "sha256", "sha512"])
@pytest.mark.parametrize("encoding", ["hex", "base64"])
def test_every_hash_and_encoding_agrees_with_the_standard_library(
    algorithm: Algorithm, encoding: Encoding
) -> None:
    sender = Sender(Keyed(header="X-Signature", algorithm=algorithm, encoding=encoding))
    made = hmac.new(SECRET.encode(), BODY, algorithm).digest()
    text = made.hex() if encoding == "hex" else base64.b64encode(made).decode()
    assert signed(sender).headers == (("X-Signature", text),)
    verify(sender, signed(sender), [SECRET], now=NOW)


def test_a_secret_that_is_written_in_base64_is_decoded_to_the_key() -> None:
    sender = Sender(Keyed(header="X-Signature", key="base64"))
    written = base64.b64encode(b"key-of-the-tests").decode()
    expected = hmac.new(b"key-of-the-tests", BODY, hashlib.sha256).hexdigest()
    assert signed(sender, secret=written).headers == (("X-Signature", expected),)


def test_method_url_and_named_headers_can_be_part_of_what_is_signed() -> None:
    sender = Sender(Keyed(header="X-Signature", signed="{method}|{url}|{header:X-Id}|{body}"))
    made = hmac.new(SECRET.encode(), f"POST|{URL}|7|".encode() + BODY, hashlib.sha256).hexdigest()
    assert dict(signed(sender, headers=(("X-Id", "7"),)).headers)["X-Signature"] == made


@pytest.mark.parametrize("changed", [{"method": "PUT"}, {"url": URL + "?x=1"}, {"body": BODY + b" "}])
def test_whatever_is_signed_cannot_be_changed(changed: dict[str, str]) -> None:
    sender = Sender(Keyed(header="X-Signature", signed="{method}|{url}|{header:X-Id}|{body}"))
    delivery: Delivery = signed(sender, headers=(("X-Id", "7"),))
    with pytest.raises(Rejected, match="signature_mismatch"):
        verify(sender, delivery._replace(**changed), [SECRET], now=NOW)  # type: ignore[arg-type]


def test_a_signed_header_that_is_missing_is_refused() -> None:
    sender = Sender(Keyed(header="X-Signature", signed="{header:X-Id}{body}"))
    error = refusal(sender, (("X-Signature", "0" * 64),))
    assert error.code == "signature_missing"
    assert "X-Id" in error.message


def test_a_signed_header_beyond_latin_1_is_refused_and_no_crash() -> None:
    sender = Sender(Keyed(header="X-Signature", signed="{header:X-Id}{body}"))
    assert refusal(sender, (("X-Signature", "0" * 64), ("X-Id", "☃"))).code == "signature_mismatch"


def test_a_url_that_is_no_unicode_is_refused_and_no_crash() -> None:
    sender = Sender(Keyed(header="X-Signature", signed="{url}{body}"))
    delivery = request((("X-Signature", "0" * 64),))._replace(url=URL + "\udcff")
    with pytest.raises(Rejected):
        verify(sender, delivery, [SECRET], now=NOW)


def test_signing_adds_headers_and_keeps_those_it_was_given() -> None:
    whole = sign(LISTED, request((("A", "b"),)), SECRET, now=1_790_000_000.9)
    (kept, (name, text)) = whole.headers
    assert kept == ("A", "b")
    assert name == "X-Signature"
    assert text.startswith("t=1790000000,v1=")
