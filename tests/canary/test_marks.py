"""The search finds what it must: a canary that cannot sing proves nothing."""

from __future__ import annotations

import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest

from tests.canary.marks import Mark, found

MARK = Mark("the mark", 'Fake/canary&"0123456789ABCDEF+fake')

FORMS: dict[str, Callable[[str], str]] = {
    "plain": lambda value: value,
    "upper": str.upper,
    "lower": str.lower,
    "hex": lambda value: value.encode().hex(),
    "hex, upper": lambda value: value.encode().hex().upper(),
    "base64": lambda value: b64encode(value.encode()).decode(),
    "base64 after one byte": lambda value: b64encode(b"x" + value.encode()).decode(),
    "base64 after two bytes": lambda value: b64encode(b"xy" + value.encode()).decode(),
    "base64url": lambda value: urlsafe_b64encode(value.encode()).decode(),
    "URL-encoded": lambda value: quote(value, safe=""),
    "form-encoded": quote_plus,
    "JSON": json.dumps,
    "JSON within JSON": lambda value: json.dumps(json.dumps({"a": value})),
    "JSON of code points": lambda value: "".join(f"\\u{ord(char):04X}" for char in value),
    "first half": lambda value: value[: len(value) // 2],
    "second half": lambda value: value[len(value) // 2 :],
    "twelve characters": lambda value: value[7:19],
}


@pytest.mark.parametrize("form", FORMS)
def test_a_mark_is_found_in_each_form(form: str) -> None:
    assert found([MARK], f"before {FORMS[form](MARK.value)} after".encode())


def test_what_has_no_mark_in_it_is_clean() -> None:
    assert found([MARK], b"fake canary 0123456789 before and after") == set()
    assert found([MARK], b"") == set()
