"""Senders that read slowly, write ahead, or write byte by byte."""

from __future__ import annotations

import socket

from tests.hostile.bodies import signed
from tests.hostile.wire import converse, parse, read_all
from tests.support.processes import SECRET, Installation

METRICS = b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n"


def test_a_request_byte_by_byte_is_a_request(receiver: Installation) -> None:
    raw = signed(b'{"id": "evt_bytes"}', SECRET)
    (reply,) = converse(receiver.port, *(raw[at : at + 1] for at in range(len(raw))))
    assert reply.status == 200


def test_answers_that_nobody_reads_keep_no_more_from_being_made_than_fit(receiver: Installation) -> None:
    """Once the sender reads, all of them come, in order."""
    number = 300
    with socket.create_connection(("127.0.0.1", receiver.port), timeout=20) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.sendall(METRICS * number)
        # Others are served meanwhile.
        assert [reply.status for reply in converse(receiver.port, METRICS)] == [200]
        connection.shutdown(socket.SHUT_WR)
        replies = parse(read_all(connection))
    assert [reply.status for reply in replies] == [200] * number
