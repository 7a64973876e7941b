"""Who may see the details of `/readyz`."""

from __future__ import annotations

import pytest

from webhooks.endpoints.operators import may_see_details

TOKEN = "fake-status-token"


@pytest.mark.parametrize("address", ["127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1"])
def test_without_a_token_a_peer_on_loopback_may(address: str) -> None:
    assert may_see_details({"REMOTE_ADDR": address}, "")


@pytest.mark.parametrize(
    "address", ["10.0.0.1", "192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1", "", "localhost"]
)
def test_any_other_peer_may_not(address: str) -> None:
    assert not may_see_details({"REMOTE_ADDR": address, "HTTP_AUTHORIZATION": "Bearer "}, "")


@pytest.mark.parametrize(
    "header",
    [
        "FORWARDED",
        "VIA",
        "X_FORWARDED_FOR",
        "X_FORWARDED_HOST",
        "X_FORWARDED_PROTO",
        "X_REAL_IP",
    ],
)
def test_a_proxy_on_loopback_is_not_an_operator(header: str) -> None:
    assert not may_see_details({"REMOTE_ADDR": "127.0.0.1", f"HTTP_{header}": "127.0.0.1"}, "")


@pytest.mark.parametrize("word", ["Bearer", "bearer", "BEARER"])
def test_with_a_token_whoever_has_it_may_from_anywhere(word: str) -> None:
    environ = {"REMOTE_ADDR": "192.0.2.1", "HTTP_AUTHORIZATION": f"{word} {TOKEN}", "HTTP_VIA": "1.1 proxy"}
    assert may_see_details(environ, TOKEN)


@pytest.mark.parametrize("given", ["", "Bearer ", "Bearer é", f"Basic {TOKEN}", TOKEN, f"Bearer {TOKEN}x"])
def test_with_a_token_loopback_alone_is_not_enough(given: str) -> None:
    assert not may_see_details({"REMOTE_ADDR": "127.0.0.1", "HTTP_AUTHORIZATION": given}, TOKEN)
