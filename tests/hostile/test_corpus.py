"""Each request of the corpus is answered as it says, by nothing else, and nothing of it is stored."""

from __future__ import annotations

import json

import pytest

from tests.hostile.conftest import LIMIT
from tests.hostile.corpus import CASES, Case, over
from tests.hostile.wire import converse
from tests.support.life import number_stored
from tests.support.processes import Installation
from webhooks.store.connection import RedisConnection

ALL = (*CASES, *over(LIMIT))


@pytest.mark.parametrize("case", ALL, ids=[case.name for case in ALL])
def test_each_request_is_answered_as_the_corpus_says(
    receiver: Installation, connection: RedisConnection, case: Case
) -> None:
    replies = converse(receiver.port, case.raw, half_close=case.half_close)
    assert tuple(reply.status for reply in replies) == case.statuses
    for reply in replies:
        if reply.status >= 400:
            assert set(json.loads(reply.body)["error"]) == {"code", "message"}
    assert number_stored(connection) == 0


def test_an_answer_to_head_has_no_body(receiver: Installation) -> None:
    (reply,) = converse(receiver.port, b"HEAD /livez HTTP/1.1\r\nHost: a\r\n\r\n")
    assert (reply.status, reply.body) == (200, b"")


def test_a_sender_that_waits_is_told_to_go_on_before_its_body(receiver: Installation) -> None:
    raw = (
        b"POST /webhooks/stripe HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
        b"Connection: close\r\nContent-Length: 2\r\n\r\n"
    )
    replies = converse(receiver.port, raw, half_close=True)
    assert [reply.status for reply in replies] == [100, 400]


def test_http_1_0_may_keep_its_connection_when_it_says_so(receiver: Installation) -> None:
    once = b"GET /livez HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
    assert [reply.status for reply in converse(receiver.port, once * 2)] == [200, 200]
