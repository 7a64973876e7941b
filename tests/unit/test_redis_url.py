"""One URL means the same server and database to the receiver, to kombu and to Flower, or is refused."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from flower.utils.broker import Broker
from hypothesis import given
from hypothesis import strategies as st
from kombu.connection import Connection
from redis.connection import parse_url

from webhooks.config.redis_url import redis_url
from workers.settings import broker_url

hosts = st.sampled_from(["localhost", "Redis.Example.COM", "127.0.0.1", "[::1]", "[fd00::7]"])
words = st.text(st.characters(min_codepoint=33, max_codepoint=0x17F), max_size=12)


@given(
    scheme=st.sampled_from(["redis", "REDIS", "rediss", "Rediss"]),
    host=hosts,
    port=st.none() | st.integers(1, 65535),
    user=words,
    password=words,
    tail=st.sampled_from(["", "/", "/0", "/7", "/07", "?db=7", "/?db=7", "/7?db=7", "/7?db=07"]),
)
def test_every_client_reads_the_same(
    scheme: str, host: str, port: int | None, user: str, password: str, tail: str
) -> None:
    login = f"{quote(user, safe='')}:{quote(password, safe='')}@" if password else ""
    at = host if port is None else f"{host}:{port}"
    url = redis_url(f"{scheme}://{login}{at}{tail}")
    receiver = parse_url(url)  # type: ignore[no-untyped-call]
    worker = Connection(broker_url(url))  # type: ignore[no-untyped-call]
    flower: Any = Broker(broker_url(url), broker_use_ssl={"ssl_cert_reqs": "required"})
    expected = (host.strip("[]").lower(), port or 6379, 7 if "7" in tail else 0, password or None)
    assert expected == (
        receiver["host"],
        receiver.get("port", 6379),
        receiver.get("db", 0),
        receiver.get("password"),
    )
    assert expected == (
        worker.hostname,
        worker.port or 6379,
        int(worker.virtual_host.strip("/") or 0),
        worker.password,
    )
    assert expected == (flower.host, flower.port, flower.vhost, flower.password)
    assert redis_url(url) == url


@pytest.mark.parametrize("url", ["unix:///run/redis.sock?db=2", "UNIX:///run/redis.sock?db=02"])
def test_the_database_of_a_socket_is_an_option(url: str) -> None:
    found = redis_url(url)
    receiver = parse_url(found)  # type: ignore[no-untyped-call]
    assert (receiver["path"], receiver["db"]) == ("/run/redis.sock", 2)
    assert broker_url(found) == "redis+socket:///run/redis.sock?virtual_host=2"


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("redis://h/0?db=3", "names two databases, 0 in its path and 3 in db: keep one"),
        ("redis://h/0?socket_timeout=5", "has the option socket_timeout; it takes db and no other"),
        ("redis://h/0?ssl_cert_reqs=none", "ssl_cert_reqs; it takes db and no other: certificates are"),
        ("rediss://h/0?ssl_cert_reqs=none", "ssl_cert_reqs; it takes db, ssl_ca_certs, ssl_certfile"),
        ("redis://h/0?db=1&db=1", "has the option db more than once"),
        ("rediss://h/0?password=whisper", "has the option password"),
        ("redis://h?DB=1", r"has the option \(not shown\)"),
        ("unix://run/redis.sock", "must name the socket by its whole path"),
        ("unix:///run/redis.sock?virtual_host=2", "has the option virtual_host"),
        ("redis:///0", "must be a redis://"),
        ("redis://::1:6379/0", "an IPv6 address in brackets"),
        ("redis://fd00::1/0", "an IPv6 address in brackets"),
        ("redis://h /0", "must be a redis://"),
        ("redis:h", "must be a redis://"),
        ("redis://u:12?whisper=1@h/0", r"has the option \(not shown\)"),
    ],
)
def test_what_clients_would_read_differently_is_refused_by_its_name(url: str, fault: str) -> None:
    with pytest.raises(ValueError, match=fault) as caught:
        redis_url(url)
    assert "whisper" not in str(caught.value)
