"""What attacks a receiver while it is measured: each request is what its attacker's name says."""

from __future__ import annotations

import gzip
import itertools
from collections.abc import Callable, Iterator

import pytest

from benchmarks.attackers import ATTACKERS, BOMB, bombs, invented_keys, proven, unproven
from benchmarks.deliveries import GITHUB_SECRET
from benchmarks.hostile import CASES, Case, attacking
from benchmarks.race import Invalid
from tests.support.servers import free_port
from webhooks.errors import Rejected
from webhooks.event import Delivery
from webhooks.signatures import verify


def _parts(request: bytes) -> tuple[dict[str, str], bytes]:
    head, _, body = request.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")[1:]
    return dict(line.split(": ", 1) for line in lines), body


def _from_github(request: bytes) -> Delivery:
    headers, body = _parts(request)
    return Delivery("POST", "http://127.0.0.1/webhooks/github", tuple(headers.items()), body, 0.0)


def test_a_bomb_is_small_until_it_is_inflated() -> None:
    _, body = _parts(next(bombs()))
    assert (len(body) < 20_000, len(gzip.decompress(body))) == (True, BOMB)


@pytest.mark.parametrize("made", [bombs, unproven, proven, invented_keys])
def test_a_request_says_its_own_length(made: Callable[[], Iterator[bytes]]) -> None:
    headers, body = _parts(next(made()))
    assert int(headers["Content-Length"]) == len(body)


def test_one_flood_is_proven_and_the_other_is_not() -> None:
    verify("github", _from_github(next(proven())), [GITHUB_SECRET], now=0.0)
    with pytest.raises(Rejected):
        verify("github", _from_github(next(unproven())), [GITHUB_SECRET], now=0.0)


def test_no_proven_event_and_no_invented_key_comes_twice() -> None:
    for made in (proven, invented_keys):
        assert len(set(itertools.islice(made(), 5))) == 5


def test_each_attacker_has_a_case_of_its_own_and_one_case_has_none() -> None:
    assert {case.attackers for case in CASES} >= {(), *((name,) for name in ATTACKERS)}


def test_a_measurement_does_not_count_where_the_attack_failed() -> None:
    with pytest.raises(Invalid, match="the attackers ended"), attacking(free_port(), CASES[1], seconds=1):
        pass


def test_where_nobody_attacks_there_is_no_answer() -> None:
    with attacking(free_port(), Case("nobody", ()), seconds=1) as answers:
        pass
    assert answers == {}
