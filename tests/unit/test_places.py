"""Finding a value in a delivery, whatever the sender put there."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.events import delivery
from webhooks.places import Reader, check_place, parse_json

DOCUMENT = {
    "id": "evt_1",
    "number": 42,
    "big": 10**30,
    "float": 1.5,
    "true": True,
    "null": None,
    "empty": "",
    "list": [{"id": "a"}, {"id": "b"}],
    "object": {"": "blank", "a/b": "slash", "m~n": "tilde", "~1": "tilde one", "0": "zero"},
}


def found(pointer: str, body: bytes | None = None) -> str | None:
    return Reader(delivery(json.dumps(DOCUMENT).encode() if body is None else body))(f"json:{pointer}")


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("/id", "evt_1"),
        ("/number", "42"),
        ("/list/0/id", "a"),
        ("/list/1/id", "b"),
        ("/object/", "blank"),
        ("/object/a~1b", "slash"),
        ("/object/m~0n", "tilde"),
        ("/object/~01", "tilde one"),
        ("/object/0", "zero"),
    ],
)
def test_a_pointer_leads_to_a_text_or_a_whole_number(pointer: str, value: str) -> None:
    assert found(pointer) == value


@pytest.mark.parametrize(
    "pointer",
    [
        *("/missing", "/id/0", "/list", "/object", "/float", "/true", "/null", "/empty", "/big"),
        *("/list/2/id", "/list/-/id", "/list/-1/id", "/list/00/id", "/list/000000000000/id"),
        *("/list/²/id", "/list/1e0/id"),
    ],
)
def test_what_is_not_there_or_neither_text_nor_number_is_none(pointer: str) -> None:
    assert found(pointer) is None


HOSTILE = {
    "nothing": b"",
    "not JSON": b"id=evt_1",
    "not Unicode": b'{"id": "\xff\xfe"}',
    "half of UTF-16": '{"id": "a"}'.encode("utf-16")[:-1],
    "cut off": b'{"id": "evt_1"',
    "100,000 brackets": b"[" * 100_000,
    "100,000 objects": b'{"id":' * 100_000,
    "a number of 5,000 digits": b'{"id": ' + b"9" * 5000 + b"}",
    "a list": b'["id"]',
    "a text": b'"id"',
    "nothing but null": b"null",
    "not a number": b'{"id": NaN}',
    "infinity": b'{"id": -Infinity}',
    "two documents": b'{"id": "a"} {"id": "b"}',
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_body_has_no_id_and_raises_nothing(body: bytes) -> None:
    assert found("/id", body) is None


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_every_encoding_that_json_may_have_is_read(encoding: str) -> None:
    assert found("/id", '{"id": "évt"}'.encode(encoding)) == "évt"


def test_a_lone_surrogate_is_a_text_like_another() -> None:
    assert found("/id", b'{"id": "\\ud800"}') == "\ud800"


def test_of_a_repeated_key_the_last_counts_as_in_python() -> None:
    assert found("/id", b'{"id": "a", "id": "b"}') == "b"


# Between blanks, the signs of a place's own grammar would make it another place or none.
@given(body=st.binary(max_size=200), pointer=st.text(max_size=30).filter(lambda text: " " not in text))
def test_no_body_and_no_pointer_raise(body: bytes, pointer: str) -> None:
    assert isinstance(found("/" + pointer, body), str | None)


@given(value=st.recursive(st.none() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=3)))
def test_no_json_raises(value: object) -> None:
    body = json.dumps({"a": value}).encode()
    for pointer in ("/a", "/a/0", "/a/0/0"):
        assert isinstance(found(pointer, body), str | None)


def test_a_header_is_found_whatever_its_case() -> None:
    assert Reader(delivery(X_Id="7"))("header:x-id") == "7"


def test_an_empty_header_is_as_none() -> None:
    assert Reader(delivery(X_Id=""))("header:X-Id") is None
    assert Reader(delivery())("header:X-Id") is None


def test_another_kind_of_place_leads_nowhere() -> None:
    assert Reader(delivery(b'{"id": "a"}'))("query:id") is None


@pytest.mark.parametrize("text", ["header:X-Id", "json:/id", "json:/data/object/id", "json:/a~1b", "json:/"])
def test_a_place_is_a_header_or_a_pointer(text: str) -> None:
    assert check_place(text) == text


@pytest.mark.parametrize(
    "text", ["", "id", "header:", "header:X Id", "header:X:Id", "json:", "json:id", "Header:X"]
)
def test_anything_else_is_refused_with_the_forms_that_do(text: str) -> None:
    with pytest.raises(ValueError, match="write header:<name> or json:/<pointer>"):
        check_place(text)


ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be")


@given(st.dictionaries(st.text(st.characters(codec="utf-8")), st.integers()), st.sampled_from(ENCODINGS))
def test_json_is_read_in_each_of_its_encodings(document: dict[str, int], encoding: str) -> None:
    assert parse_json(json.dumps(document, ensure_ascii=False).encode(encoding)) == document


@given(st.binary())
def test_what_begins_like_json_is_read_as_the_standard_library_reads_it(rest: bytes) -> None:
    try:
        expected = json.loads(b"{" + rest)
    except ValueError:
        expected = None
    assert parse_json(b"{" + rest) == expected
