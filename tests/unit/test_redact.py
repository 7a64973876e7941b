"""No text that leaves the store quotes a body or a secret."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webhooks.telemetry.redact import LONGEST, MASK, SHORTEST, redact

# Without brackets, so that the mask itself is no part of a body.
bodies = st.text(st.characters(exclude_characters="[]\\", exclude_categories=["Cs"]), max_size=120)


def runs(text: str) -> set[str]:
    return {text[start : start + SHORTEST + 1] for start in range(len(text) - SHORTEST)}


@given(body=bodies, before=bodies, after=bodies, data=st.data())
def test_no_run_of_more_than_8_characters_of_a_body_survives(
    body: str, before: str, after: str, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(body)))
    end = data.draw(st.integers(start, len(body)))
    message = before + body[start:end] + after
    shown = redact(message, body=body.encode())
    for piece in shown.split(MASK):
        assert not runs(piece) & runs(body)


@given(body=bodies, message=bodies)
def test_what_is_shown_is_the_message_with_masks_and_nothing_else(body: str, message: str) -> None:
    pieces = redact(message, body=body.encode()).split(MASK)
    position = 0
    for piece in pieces:
        found = message.find(piece, position)
        assert found >= 0
        position = found + len(piece)


@given(body=st.binary(max_size=100), message=st.text(max_size=100), secret=st.text(min_size=1))
def test_no_body_no_message_and_no_secret_make_it_fail(body: bytes, message: str, secret: str) -> None:
    assert len(redact(message, body=body, secrets=[secret])) <= LONGEST + len(MASK)


def test_a_run_of_8_characters_stays_and_one_of_9_is_masked() -> None:
    assert redact("'12345678'", body=b"x12345678x") == "'12345678'"
    assert redact("'123456789'", body=b"x123456789x") == f"'{MASK}'"


def test_a_short_word_of_the_body_stays_so_that_errors_can_be_read() -> None:
    assert redact("no such currency: eur", body=b'{"currency": "eur"}') == "no such currency: eur"


def test_a_quoted_value_is_masked_in_the_middle_of_a_sentence() -> None:
    body = b'{"email": "jane.doe@example.com"}'
    assert redact("'jane.doe@example.com' is no address", body=body) == f"'{MASK}' is no address"


def test_each_of_several_quotations_is_masked() -> None:
    body = b'{"a": "first quotation", "b": "second quotation"}'
    shown = redact("first quotation != second quotation", body=body)
    assert shown == f"{MASK} != {MASK}"


@pytest.mark.parametrize(
    "value",
    [
        "Müller-Lüdenscheidt",
        "https://example.com/a/b",
        "日本語の名前はとても長い",
        "🎉 party 🎉 time",
        "line\nbreak\ttab",
    ],
)
def test_a_value_is_masked_however_json_escaped_it(value: str) -> None:
    body = json.dumps({"value": value}).replace("/", "\\/").encode()
    assert redact(f"cannot read {value}!", body=body) == f"cannot read {MASK}!"


def test_a_value_of_a_form_is_masked_as_a_handler_reads_it() -> None:
    body = b"name=J%C3%BCrgen+M%C3%BCller"
    assert redact("no such name: Jürgen Müller", body=body) == f"no such name: {MASK}"


@pytest.mark.parametrize("value", ["Müller-Lüdenscheidt", "first line\nsecond line", "the name's \"O'Hara\""])
def test_a_value_is_masked_however_python_quoted_it(value: str) -> None:
    body = value.encode()
    for quoted in (repr(value), ascii(value), repr(body)):
        shown = redact(quoted, body=body)
        assert shown.count(MASK) == 1
        assert len(shown) <= len(MASK) + len("b''")


def test_a_body_that_is_no_unicode_is_masked_where_it_is_text() -> None:
    assert redact("a name of the customer", body=b"\xff name of the customer \xfe") == f"a{MASK}"


@pytest.mark.parametrize("message", ["", "x"])
def test_a_short_message_stays(message: str) -> None:
    assert redact(message, body=b"") == message


def test_a_secret_is_masked_however_short() -> None:
    assert redact("key=abc", body=b"", secrets=["abc"]) == f"key={MASK}"


def test_of_two_secrets_of_one_beginning_the_longer_is_masked_whole() -> None:
    for secrets in (["fake", "fake-and-longer"], ["fake-and-longer", "fake"]):
        assert redact("key=fake-and-longer", body=b"", secrets=secrets) == f"key={MASK}"


def test_a_secret_across_the_end_of_what_is_kept_is_masked() -> None:
    secret = "fake-secret-of-the-tests"
    assert "fake" not in redact("x" * (LONGEST - 6) + secret, body=b"", secrets=[secret])


def test_a_long_message_is_cut() -> None:
    assert redact("é" * 1000, body=b"") == "é" * LONGEST
