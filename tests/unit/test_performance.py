"""`make bench`: the page is what the figures say, and the parts that no receiver is needed for."""

from __future__ import annotations

import dataclasses
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from operator import itemgetter
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from stripe import Webhook

from benchmarks import cores, growth, latency, processing, steady
from benchmarks.acknowledging import ratios
from benchmarks.chart import bars
from benchmarks.contestants import common
from benchmarks.deliveries import SECRET, SIZE, Deliveries
from benchmarks.kept import keep, load
from benchmarks.processing import Shift
from benchmarks.quiet import counting
from benchmarks.race import Invalid, hold
from benchmarks.report import CHART, PAGE, TRIED, render
from benchmarks.store import rewrites
from benchmarks.stored import Stored
from tests.support.servers import free_port

ROWS = [
    {"name": "hookline", "title": "**Hookline**", "rate": 900.0, "processor": 0.001},
    {"name": "other", "title": "<&>", "rate": 300.0, "processor": 0.004},
]


def test_the_page_says_what_was_measured() -> None:
    assert PAGE.read_text(encoding="utf-8") == render(load(), TRIED.read_text(encoding="utf-8"))


def test_the_picture_shows_what_was_measured() -> None:
    assert CHART.read_text(encoding="utf-8") == bars(load()["acknowledging"]["receivers"])


def test_a_store_rewrites_its_file_when_production_does() -> None:
    configuration = "appendonly yes\n# auto-aof-rewrite-min-size 1mb\nauto-aof-rewrite-min-size 512mb\n"
    assert rewrites(configuration) == ["--auto-aof-rewrite-min-size", "512mb"]


def test_the_longest_bar_is_the_fastest_receiver() -> None:
    found = ET.fromstring(bars(ROWS)).iter("{http://www.w3.org/2000/svg}rect")
    _, fast, slow = (float(one.attrib["width"]) for one in found)
    assert fast == pytest.approx(3 * slow, abs=0.2)


def test_the_ratios_say_how_many_times_as_fast_hookline_is() -> None:
    assert ratios(ROWS, ROWS[1]) == (3.0, 4.0)


def test_there_are_no_ratios_where_hookline_did_not_run() -> None:
    assert ratios(ROWS[1:], ROWS[1]) is None


def test_a_store_is_compared_with_the_smallest_of_the_same_round() -> None:
    # The machine is half as fast in the second round, and the large store is met by more of it.
    seen = {
        1_000: [{"sweep": 1.0}, {"sweep": 2.0}, {"sweep": 1.0}],
        9_000: [{"sweep": 1.1}, {"sweep": 2.2}, {"sweep": 2.2}],
    }
    small, large = growth.summary(seen)
    assert (small["events"], small["sweep"], small["more"]) == (1_000, 1.0, {"sweep": 0.0})
    assert large["sweep"] == 2.2
    assert large["more"]["sweep"] == pytest.approx(0.1)


def test_rounds_of_a_load_are_one_row_of_medians_and_sums_and_the_longest_wait_of_all() -> None:
    def one(wait: float, refused: dict[str, int]) -> dict[str, Any]:
        waits = {"p50": wait, "p99": wait, "p999": wait, "longest": wait}
        counts = {"events": 10, "acknowledged": 9, "unanswered": 0, "held_back": 1}
        turn = {"share": 0.5, "stolen": 0.0, "counts": True}
        return {**turn, **counts, "refused": refused, "since_due": waits, "since_sent": waits}

    disturbed = one(50.0, {"503": 10}) | {"stolen": 0.1, "counts": False}
    row = latency.middle([one(1.0, {"503": 2}), disturbed, one(9.0, {}), one(2.0, {"429": 1, "503": 1})])
    assert [(turn["stolen"], turn["counts"], turn["p99"]) for turn in row["turns"]] == [
        (0.0, True, 1.0),
        (0.1, False, 50.0),
        (0.0, True, 9.0),
        (0.0, True, 2.0),
    ]
    assert row["since_due"] == {"p50": 2.0, "p99": 2.0, "p999": 2.0, "longest": 9.0}
    assert (row["share"], row["events"], row["acknowledged"], row["held_back"]) == (0.5, 30, 27, 3)
    assert row["refused"] == {"429": 1, "503": 3}


@pytest.mark.parametrize(
    ("stolen", "counts"),
    [
        ([0.0], [True]),
        ([0.05, 0.005], [False, True]),
        ([0.05, 0.02, 0.03, 0.04, 0.06], [False, True, False, False, False]),
    ],
)
def test_a_turn_that_the_host_disturbs_is_had_again_and_the_quietest_counts(
    stolen: list[float], counts: list[bool]
) -> None:
    shares = iter([*stolen, 0.0])
    counted, had = counting(lambda: [next(shares)], stolen=itemgetter(0), most=0.005, tries=5)
    assert had == [[share] for share in stolen]
    assert [one is counted for one in had] == counts


def test_what_the_host_took_is_told_for_each_core(tmp_path: Path) -> None:
    second = os.sysconf("SC_CLK_TCK")
    stat = tmp_path / "stat"
    stat.write_text(
        f"cpu  9 9 9 9 9 9 9 {5 * second} 9 9\n"
        f"cpu0 9 9 9 9 9 9 9 {second} 9 9\n"
        f"cpu1 9 9 9 9 9 9 9 {4 * second} 9 9\n"
        "intr 9 9 9\n"
    )
    assert cores.seconds_stolen(stat) == [1.0, 4.0]


def test_this_machine_tells_what_its_host_took() -> None:
    assert len(cores.seconds_stolen()) >= 1


@pytest.mark.parametrize("stored", [Stored(9, 10), Stored(10, 9), Stored(13, 10), Stored(10, 13)])
def test_a_run_fails_when_the_store_does_not_hold_what_was_acknowledged(stored: Stored) -> None:
    with pytest.raises(Invalid, match="acknowledged 10 events"):
        hold("it", stored, acknowledged=10, more=2)


@pytest.mark.parametrize("number", [10, 12])
def test_what_was_under_way_at_the_end_may_be_stored_or_not(number: int) -> None:
    hold("it", Stored(number, number), acknowledged=10, more=2)


def test_a_run_fails_when_a_worker_lost_an_event_or_had_one_too_many() -> None:
    shift = Shift(rate=1.0, processor=1.0, core=1.0, given=10, found=9)
    with pytest.raises(Invalid, match="was given 10 events, and 9 are found"):
        processing.hold("it", shift)
    with pytest.raises(Invalid, match="was given 10 events, and 12 are found"):
        processing.hold("it", dataclasses.replace(shift, found=12))
    for found in (10, 11):
        processing.hold("it", dataclasses.replace(shift, found=found))


def test_one_part_can_be_measured_again(tmp_path: Any) -> None:
    path = tmp_path / "performance.json"
    keep("first", {"rate": 1}, path=path)
    keep("second", {"rate": 2}, path=path)
    keep("first", {"rate": 3}, path=path)
    found = load(path)
    assert (found["first"]["rate"], found["second"]["rate"]) == (3, 2)


def test_deliveries_are_proven_by_stripes_own_package() -> None:
    _, request = next(Deliveries().make(1))
    head, _, body = request.decode().partition("\r\n\r\n")
    signature = head.partition("Stripe-Signature: ")[2].partition("\r\n")[0]
    event = Webhook.construct_event(body, signature, SECRET)
    assert (event.type, len(body)) == ("invoice.paid", SIZE)


def test_no_delivery_comes_twice_and_all_are_of_one_length() -> None:
    deliveries = Deliveries()
    made = [*deliveries.make(3), *deliveries.make(3)]
    assert len({name for name, _ in made}) == 6
    assert len({len(request) for _, request in made}) == 1


@pytest.mark.parametrize(("altered", "taken"), [(b"", True), (b" ", False)])
def test_the_other_receivers_verify_too(monkeypatch: Any, altered: bytes, taken: bool) -> None:  # noqa: FBT001
    monkeypatch.setattr(common, "SECRET", SECRET.encode())
    _, request = next(Deliveries().make(1))
    head, _, body = request.partition(b"\r\n\r\n")
    signature = head.decode().partition("Stripe-Signature: ")[2].partition("\r\n")[0]
    assert common.proven(signature, body + altered) is taken


ANSWER = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"


@pytest.mark.parametrize("end", range(len(ANSWER)))
def test_an_answer_is_read_to_its_end(end: int) -> None:
    assert steady.whole(ANSWER[:end]) is None


def test_an_answer_says_its_status_and_whether_the_connection_stays() -> None:
    assert steady.whole(ANSWER) == (503, True)
    assert steady.whole(ANSWER.replace(b"Connection: close\r\n", b"")) == (503, False)


@contextmanager
def _answering(status: int, *, together: int = 1) -> Iterator[int]:
    """Answer posts once so many of them are there; yields the port."""
    barrier = threading.Barrier(together)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            try:
                barrier.wait(timeout=15)
            except threading.BrokenBarrierError:
                return
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *arguments: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.server_port
    finally:
        barrier.abort()
        server.shutdown()
        thread.join()
        server.server_close()


def test_the_open_loop_sends_before_it_is_answered() -> None:
    requests = list(Deliveries().make(6))
    with _answering(200, together=6) as port:
        seen = steady.send(port, requests, rate=1000, connections=10)
    assert sorted(seen.acknowledged) == [name for name, _ in requests]
    assert all(due >= sent for due, sent in zip(seen.waits, seen.waits_sent, strict=True))


def test_the_open_loop_counts_what_was_not_acknowledged() -> None:
    requests = list(Deliveries().make(3))
    with _answering(503) as port:
        seen = steady.send(port, requests, rate=1000, connections=10)
    assert (dict(seen.refused), seen.acknowledged) == ({503: 3}, [])
    assert steady.send(free_port(), requests, rate=1000, connections=10).unanswered == 3


def test_the_open_loop_says_what_it_could_not_send() -> None:
    # There is an answer for two at once, and a connection for one.
    with _answering(200, together=2) as port, pytest.MonkeyPatch.context() as patch:
        patch.setattr(steady, "PATIENCE", 0.2)
        seen = steady.send(port, list(Deliveries().make(3)), rate=1000, connections=1)
    assert (seen.held_back, seen.unanswered) == (2, 1)
