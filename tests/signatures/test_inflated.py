"""A compressed body: what it may cost before its sender is proven."""

from __future__ import annotations

import gzip
import zlib
from unittest.mock import patch

import pytest

from tests.signatures.credentials import NOW, credentials
from webhooks.errors import Rejected
from webhooks.event import Delivery
from webhooks.providers.catalog import PROVIDERS
from webhooks.providers.identity import name_events
from webhooks.signatures import sign, verify
from webhooks.signatures.keyed import Keyed
from webhooks.signatures.odd.inflated import MOST_RATIO, Inflated, inflated
from webhooks.signatures.scheme import with_body
from webhooks.signatures.timestamps import Timestamp

MIB = 1024 * 1024
PLAIN = b'{"type": "message.new", "text": "' + bytes(range(32, 34)) * 5000 + b'"}'


def packed(body: bytes, level: int = 9) -> bytes:
    return gzip.compress(body, level, mtime=0)


def request(body: bytes, signature: str = "00" * 32) -> Delivery:
    return Delivery("POST", "https://a/webhooks/in", (("X-Signature", signature),), body, NOW)


def refusal(delivery: Delivery, max_body: int = 5 * MIB) -> str:
    with pytest.raises(Rejected) as caught:
        verify(
            "getstream", delivery, credentials("getstream").secrets, now=NOW, options={"max_body": max_body}
        )
    return caught.value.code


@pytest.mark.parametrize("level", [1, 6, 9])
def test_a_signed_body_is_proven_plain_and_compressed(level: int) -> None:
    secret = credentials("getstream").signing
    plain = sign("getstream", request(PLAIN), secret, now=NOW)
    small = with_body(plain, packed(PLAIN, level))
    for delivery in (plain, small):
        assert verify("getstream", delivery, ["another secret", secret], now=NOW).secret == 1
        (name,) = name_events("stream", PROVIDERS["getstream"], delivery)
        assert name.body == PLAIN
    assert refusal(with_body(small, packed(PLAIN + b" "))) == "signature_mismatch"


@pytest.mark.parametrize(
    "body",
    [
        packed(b"a")[:-4],
        packed(b"a") + b"trailing",
        packed(b"a") + packed(b"b"),
        packed(PLAIN * 40, 1)[:-1],
        b"\x1f\x8bnonsense",
        b"\x1f\x8b",
        packed(bytes(MIB)),
    ],
)
def test_what_only_begins_like_gzip_or_holds_too_much_is_refused(body: bytes) -> None:
    assert refusal(request(body)) == "encoding_unsupported"


def test_a_body_is_inflated_up_to_the_limit_of_its_source() -> None:
    body = packed(PLAIN)
    assert refusal(request(body), max_body=len(PLAIN)) == "signature_mismatch"
    assert refusal(request(body), max_body=len(PLAIN) - 1) == "body_too_large"


def test_a_bomb_is_put_down_before_it_has_grown() -> None:
    made = 0

    class Counting:
        """zlib's own, which counts what it makes."""

        def __init__(self, window: int) -> None:
            self._own = real(window)

        def decompress(self, data: bytes, most: int) -> bytes:
            nonlocal made
            piece = self._own.decompress(data, most)
            made += len(piece)
            return piece

        def __getattr__(self, name: str) -> object:
            return getattr(self._own, name)

    real = zlib.decompressobj
    bomb = packed(bytes(16 * MIB))
    with patch.object(zlib, "decompressobj", Counting):
        assert refusal(request(bomb)) == "encoding_unsupported"
    assert 0 < made <= MOST_RATIO * 4096 + 2 * 65536


@pytest.mark.parametrize("signature", ["", "zz", "00"])
def test_nothing_is_inflated_without_a_signature_of_the_right_form(signature: str) -> None:
    with patch.object(zlib, "decompressobj", side_effect=AssertionError):
        assert refusal(request(packed(PLAIN), signature)).startswith("signature_m")


def test_only_a_scheme_over_the_body_alone_can_be_made_while_inflating() -> None:
    with pytest.raises(ValueError, match="only an HMAC over"):
        Inflated(scheme=Keyed(header="X", signed="v0:{body}"))
    with pytest.raises(ValueError, match="only an HMAC over"):
        Inflated(scheme=Keyed(header="X", timestamp=Timestamp(place="json:/time")))


def test_a_plain_body_stays_as_it_is() -> None:
    assert inflated(b"{}") == b"{}"
