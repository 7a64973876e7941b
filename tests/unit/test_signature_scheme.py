"""A scheme that could never verify, or would verify too much, cannot be made."""

from __future__ import annotations

from typing import Any

import pytest

from webhooks.signatures.keyed import Keyed
from webhooks.signatures.timestamps import Timestamp

TIMED: dict[str, Any] = {"signed": "{timestamp}.{body}", "timestamp": Timestamp(header="X-Time")}
LISTED: dict[str, Any] = {
    "field": "v1",
    "signed": "{timestamp}.{body}",
    "timestamp": Timestamp(field="t"),
}


def made(**changes: Any) -> Keyed:
    return Keyed(**({"header": "X-Signature"} | changes))


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"header": ""}, "header must name"),
        ({"header": "X Signature"}, "header must name"),
        ({"header": "X-Signature:"}, "header must name"),
        ({"algorithm": "md5"}, "algorithm must be one of sha1, sha256, sha384, sha512"),
        ({"algorithm": "SHA256"}, "algorithm must be one of"),
        ({"encoding": "base32"}, "encoding must be one of hex, hex_upper, base64"),
        ({"key": "pem"}, "key must be one of text, hex, base64"),
        ({"signed": ""}, "must contain {body}"),
        ({"signed": "body"}, "must contain {body}"),
        ({"signed": "{url}"}, "must contain {body}"),
        ({"signed": "{body}{nonce}"}, "unknown placeholder {nonce}"),
        ({"signed": "{Body}{body}"}, "unknown placeholder {Body}"),
        ({"signed": "{header:}{body}"}, "unknown placeholder {header:}"),
        ({"signed": "{{body}}"}, "unknown placeholder"),
        ({"signed": "{timestamp}.{body}"}, "timestamp_header or timestamp_field"),
        ({"timestamp": Timestamp(header="X-Time")}, "proves nothing"),
        ({"signed": "{header:x-signature}{body}"}, "its own header"),
        ({**TIMED, "timestamp": Timestamp(field="t")}, "timestamp_field needs field"),
        ({**LISTED, "separator": "="}, "separator"),
        ({**LISTED, "separator": "a"}, "separator"),
        ({**LISTED, "separator": "0"}, "separator"),
        ({**LISTED, "field": ""}, "field"),
        ({**LISTED, "field": "v=1"}, "field"),
        ({**LISTED, "field": "v,1"}, "field"),
        ({**LISTED, "field": "t"}, "field"),
        ({**LISTED, "timestamp": Timestamp(field="t=")}, "field"),
        ({**LISTED, "prefix": "sha256,"}, "prefix"),
    ],
)
def test_an_impossible_scheme_is_refused_with_the_reason(changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the text is compared below, braces and all
        made(**changes)
    assert complaint in str(caught.value)


@pytest.mark.parametrize("places", [{}, {"header": "X-Time", "field": "t"}, {"header": ""}, {"field": ""}])
def test_a_timestamp_is_in_exactly_one_place(places: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="name one of the two"):
        Timestamp(**places)  # type: ignore[arg-type]


@pytest.mark.parametrize("tolerance", [0, -1, float("inf"), float("nan")])
def test_a_tolerance_that_refuses_nothing_or_everything_is_refused(tolerance: float) -> None:
    with pytest.raises(ValueError, match="tolerance must be more than 0 seconds"):
        Timestamp(field="t", tolerance=tolerance)


@pytest.mark.parametrize(
    "changes",
    [{}, TIMED, LISTED, {**LISTED, "separator": ";"}, {**LISTED, "separator": ", "}, {"prefix": "sha256="}],
)
def test_the_usual_schemes_can_be_made(changes: dict[str, Any]) -> None:
    assert made(**changes).header == "X-Signature"


def test_the_parts_of_what_is_signed_are_split_once() -> None:
    scheme = made(signed="v0:{timestamp}:{header:X-Id}:{body}", timestamp=Timestamp(header="X-Time"))
    assert scheme.parts == (
        ("literal", "v0:"),
        ("timestamp", ""),
        ("literal", ":"),
        ("header", "X-Id"),
        ("literal", ":"),
        ("body", ""),
    )
