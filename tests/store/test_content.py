"""What came with an event, packed and taken apart again: nothing is lost, and little room is taken."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webhooks.store.content import COMPRESS_FROM, Content, pack, unpack

texts = st.text(st.characters(codec=None), max_size=40)
plain = st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=40)
bodies = st.one_of(
    st.binary(max_size=300),
    st.builds(lambda piece, times: piece * times, st.binary(min_size=1, max_size=9), st.integers(0, 4000)),
)


@pytest.mark.parametrize("compress_from", [0, COMPRESS_FROM])
@given(words=st.one_of(st.just(plain), st.just(texts)), data=st.data())
def test_what_is_unpacked_is_what_was_packed(
    compress_from: int, words: st.SearchStrategy[str], data: st.DataObject
) -> None:
    headers = tuple(data.draw(st.lists(st.tuples(words, words), max_size=8)))
    content = Content(data.draw(words), data.draw(words), headers, data.draw(bodies))

    assert unpack(pack(*content, compress_from=compress_from)) == content


@pytest.mark.parametrize(
    "texts",
    [
        ("POST", "/a\0b", ()),
        ("POST", "/", (("X", "a\0b"), ("Y", ""))),
        ("POST", "/", (("X\0", "\ud800"),)),
        ("\0", "\0\0", (("\0\0", "\0"),)),
    ],
    ids=["url", "value", "name", "everywhere"],
)
def test_a_nul_within_a_text_parts_nothing(texts: tuple[str, str, tuple[tuple[str, str], ...]]) -> None:
    content = Content(*texts, b"\0")

    assert unpack(pack(*content)) == content


def test_a_short_body_stands_as_it_came() -> None:
    body = b"a" * (COMPRESS_FROM - 1)

    assert pack("POST", "/", (), body).endswith(body)


def test_a_long_body_takes_less_room() -> None:
    body = b'{"id": "evt_1", "amount": 1000}' * 500

    assert len(pack("POST", "/", (), body)) < len(body) / 10


def test_what_does_not_become_smaller_is_kept_as_it_came() -> None:
    body = os.urandom(2 * COMPRESS_FROM)

    assert pack("POST", "/", (), body).endswith(body)


def test_nothing_but_texts_and_a_byte_and_a_length_is_added() -> None:
    headers = (("Host", "a"), ("Accept", "*/*"))

    assert len(pack("POST", "/x", headers, b"{}")) == 1 + 4 + len("POST|/x|Host|a|Accept|*/*") + len("{}")
