"""Places: where in a delivery a value is found."""

from __future__ import annotations

import base64

import pytest

from webhooks.event import Delivery
from webhooks.forms import MOST_FIELDS, decoded_pairs, form_fields
from webhooks.places import Reader, check_place

JWT = "x." + base64.urlsafe_b64encode(b'{"jti": "j1", "n": 5}').decode().rstrip("=") + ".y"
FORM = ("Content-Type", "application/x-www-form-urlencoded")


def find(
    place: str, body: bytes = b"", *headers: tuple[str, str], url: str = "https://h/?a=1&a=2&b="
) -> str | None:
    return Reader(Delivery(method="POST", url=url, headers=headers, body=body, received_at=0))(place)


@pytest.mark.parametrize(
    ("place", "body", "expected"),
    [
        ("json:/a/b", b'{"a": {"b": "x"}}', "x"),
        ("json:/a/1", b'{"a": [1, 2]}', "2"),
        ("json:/a~1b/c~0d", b'{"a/b": {"c~d": 7}}', "7"),
        ("json:/a", b'{"a": 1.5}', None),
        ("json:/a", b'{"a": true}', None),
        ("json:/a/x", b'{"a": [1]}', None),
        ("json:/a", b'{"a": ' + b"9" * 5000 + b"}", None),
        ("json:/a or json:/b", b'{"b": "y"}', "y"),
        ("json:/a + json:/b", b'{"a": "x", "b": 2}', "x.2"),
        ("json:/a + json:/b or json:/c", b'{"a": "x", "c": "z"}', "z"),
        ("key:id,at", b'{"id": 1, "message": {}}', "message"),
        ("key:id", b'{"id": 1}', None),
        ("key:id", b"[1]", None),
        ("query:a", b"", "1"),
        ("query:b", b"", None),
        ("json:/p > json:/q", b'{"p": "{\\"q\\": \\"r\\"}"}', "r"),
        ("json:/p > base64 > xml:kind", b'{"p": "PGtpbmQgdD0iMSI+IGNoZWNrIDwva2luZD4="}', "check"),
        ("json:/p > base64 > xml:kind", b'{"p": "x"}', None),
        ("json:/p > jwt:/a", b'{"p": "a.b"}', None),
    ],
)
def test_a_value_is_found_or_none(place: str, body: bytes, expected: str | None) -> None:
    assert find(place, body) == expected


def test_forms_headers_and_tokens() -> None:
    body = b"a=1&json=%7B%22id%22%3A%22x%22%7D"
    assert find("form:a", body, FORM) == "1"
    assert find("form:json > json:/id", body, FORM) == "x"
    assert find("form:a", body) is None
    assert find("header:X-Id", b"", ("x-id", "h")) == "h"
    assert find("header:Authorization > jwt:/jti", b"", ("Authorization", f"Bearer {JWT}")) == "j1"
    assert find("header:Authorization > jwt:/n", b"", ("Authorization", JWT)) == "5"


@pytest.mark.parametrize(
    "text", ["", "id", "header:", "json:id", "json:/a > yaml:/b", "json:/a or ", "header:a b"]
)
def test_what_is_no_place_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="names no place"):
        check_place(text)


def multipart(*parts: bytes, boundary: str = "B") -> Delivery:
    body = b"".join(b"--B\r\n" + part + b"\r\n" for part in parts) + b"--B--\r\n"
    media = f"multipart/form-data; boundary={boundary}"
    return Delivery(
        method="POST", url="https://h/", headers=(("Content-Type", media),), body=body, received_at=0
    )


def test_a_multipart_form_is_read_without_its_files() -> None:
    fields = form_fields(
        multipart(
            b'Content-Disposition: form-data; name="a"\r\n\r\n1\r\n2',
            b'Content-Disposition: form-data; name="f"; filename="x"\r\n\r\nbinary',
            b'Content-Disposition: form-data; name="b"\r\n\r\n',
            b"no header",
        )
    )
    assert fields == [("a", "1\r\n2"), ("b", "")]
    assert form_fields(multipart(boundary='"B"')) == []
    assert form_fields(multipart(boundary="")) is None


def test_forms_are_bounded() -> None:
    assert decoded_pairs("a=1&" * (MOST_FIELDS + 1)) is None
    part = b'Content-Disposition: form-data; name="a"\r\n\r\n1'
    assert form_fields(multipart(*[part] * (MOST_FIELDS + 1))) is None
