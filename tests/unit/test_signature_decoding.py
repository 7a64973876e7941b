"""Each digest, number and key has one spelling; what Python's decoders let pass is junk."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webhooks.signatures.decoding import decode, whole_number
from webhooks.signatures.keys import KeyForm, key_bytes


def test_hex_is_read_in_one_case_the_lower_unless_told_otherwise() -> None:
    assert decode("00ff", "hex") == decode("00FF", "hex_upper") == b"\x00\xff"
    for text in ("00FF", "0a0B"):
        assert decode(text, "hex") is None


@pytest.mark.parametrize(
    "text", ["", "0", "abc", "0x00", "00 ff", " 00", "00\n", "0g", "00-ff", "\uff10\uff10", "é"]
)
def test_what_is_not_exactly_hex_is_refused(text: str) -> None:
    assert decode(text, "hex") is None


@pytest.mark.parametrize("text", ["AA==", "AAA=", "AAAA", "+/+/"])
def test_canonical_base64_is_read(text: str) -> None:
    assert decode(text, "base64") == base64.b64decode(text)


@pytest.mark.parametrize(
    "text",
    ["", "=", "AA", "AA=", "AA===", "AA==\n", " AA==", "AA==AA==", "A!A=", "-_-_", "é===", "AAAA=", "\udcff"],
)
def test_what_is_not_exactly_base64_is_refused(text: str) -> None:
    assert decode(text, "base64") is None


@pytest.mark.parametrize("text", ["AB==", "AP==", "AAB=", "AAP="])
def test_a_second_base64_spelling_of_one_digest_is_refused(text: str) -> None:
    assert decode(text, "base64") is None


@given(st.binary(min_size=1, max_size=64))
def test_every_digest_is_read_back(digest: bytes) -> None:
    assert decode(digest.hex(), "hex") == digest
    assert decode(base64.b64encode(digest).decode(), "base64") == digest


@given(st.text(max_size=20))
def test_a_decoded_digest_has_exactly_that_spelling(text: str) -> None:
    found = decode(text, "base64")
    assert found is None or base64.b64encode(found).decode() == text


@given(st.text(max_size=20))
def test_a_timestamp_is_none_or_the_number_that_was_written(text: str) -> None:
    found = whole_number(text)
    assert found is None or text.lstrip("0") == str(found).lstrip("0")


@pytest.mark.parametrize(("text", "value"), [("0", 0), ("1790000000", 1790000000), ("9" * 15, 10**15 - 1)])
def test_a_timestamp_of_up_to_15_digits_is_read(text: str, value: int) -> None:
    assert whole_number(text) == value


@pytest.mark.parametrize("text", ["", "1_0", " 1", "1 ", "+1", "-1", "1.0", "9" * 16, "٣", "²", "1\n"])
def test_other_numbers_are_not(text: str) -> None:
    assert whole_number(text) is None


@pytest.mark.parametrize(
    ("secret", "form", "key"),
    [
        ("whsec_text-of-the-tests", "text", b"whsec_text-of-the-tests"),
        ("schlüssel", "text", "schlüssel".encode()),
        ("00ff", "hex", b"\x00\xff"),
        ("AP8=", "base64", b"\x00\xff"),
    ],
)
def test_a_secret_becomes_a_key_by_its_form(secret: str, form: KeyForm, key: bytes) -> None:
    assert key_bytes(secret, form) == key


@pytest.mark.parametrize("form", ["text", "hex", "base64"])
@pytest.mark.parametrize("secret", ["", " ", "\t\n"])
def test_no_key_is_empty(secret: str, form: KeyForm) -> None:
    with pytest.raises(ValueError, match="must not be empty"):
        key_bytes(secret, form)


@pytest.mark.parametrize(("secret", "form"), [("my secret!!", "base64"), ("0g", "hex"), ("abc", "hex")])
def test_a_secret_of_another_form_is_refused_and_never_quoted(secret: str, form: KeyForm) -> None:
    with pytest.raises(ValueError, match=f"not valid {form}") as caught:
        key_bytes(secret, form)
    assert secret not in str(caught.value)


def test_a_secret_that_is_no_unicode_is_refused_with_what_to_do() -> None:
    with pytest.raises(ValueError, match="not valid UTF-8"):
        key_bytes("bytes-of-another-encoding-\udcff", "text")
