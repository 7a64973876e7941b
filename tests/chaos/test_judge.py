"""The judge sees what is lost, changed and repeated; a laboratory that cannot fail shows nothing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.chaos import ledger
from tests.chaos.content import fingerprint
from tests.chaos.faults import Fault, Faults
from tests.chaos.judge import Verdict, judge
from tests.chaos.ledger import Effect

ID = "lab:1"
CHILD, SIBLING, GROUP = 11, 12, 10


def effect(attempt: int, *, at: float = 0.0, process: int = CHILD, seen: str = "same") -> Effect:
    return Effect(attempt, position=int(at * 10), process=process, group=GROUP, at=at, seen=seen)


def kill(*processes: int, at: float) -> Fault:
    return Fault(at, at + 0.1, frozenset(processes))


def judged(*effects: Effect, faults: tuple[Fault, ...] = (), others: tuple[Effect, ...] = ()) -> Verdict:
    """Judge the effects of one event, and of another one that was handled once."""
    found = {ID: list(effects)} | ({"lab:2": list(others)} if others else {})
    return judge([ID], found, posted={ID: "same", "lab:2": "same"}, faults=faults)


def test_an_effect_for_each_acknowledged_event_is_all_right() -> None:
    verdict = judge([ID, ID], {ID: [effect(1)]}, posted={ID: "same"}, faults=())
    assert verdict == Verdict(acknowledged=1, lost=(), doubled=(), wrong=(), absorbed=0)


def test_an_acknowledged_event_without_effect_is_lost() -> None:
    assert judge([ID, "lab:2"], {ID: [effect(1)]}, posted={ID: "same"}, faults=()).lost == ("lab:2",)


def test_an_event_that_was_not_acknowledged_may_have_its_effect_all_the_same() -> None:
    verdict = judge([], {ID: [effect(1)]}, posted={ID: "same"}, faults=())
    assert (verdict.lost, verdict.doubled, verdict.wrong) == ((), (), ())


@pytest.mark.parametrize("killed", [CHILD, GROUP], ids=["the process", "its whole group"])
def test_a_repeat_is_absorbed_where_the_process_was_killed_with_the_event_in_hand(killed: int) -> None:
    verdict = judged(effect(1, at=1.0), effect(2, at=5.0, process=SIBLING), faults=(kill(killed, at=1.2),))
    assert (verdict.doubled, verdict.absorbed) == ((), 1)


def test_a_repeat_is_absorbed_where_the_store_was_away() -> None:
    verdict = judged(effect(1, at=1.0), effect(2, at=5.0), faults=(Fault(0.5, 4.0, None),))
    assert (verdict.doubled, verdict.absorbed) == ((), 1)


@pytest.mark.parametrize(
    "faults",
    [
        pytest.param((), id="where nothing was done"),
        pytest.param((kill(SIBLING, at=1.2),), id="where another process was killed"),
        pytest.param((kill(CHILD, at=0.5),), id="where the kill was before the effect"),
    ],
)
def test_a_repeat_is_a_double(faults: tuple[Fault, ...]) -> None:
    verdict = judged(effect(1, at=1.0), effect(2, at=5.0), faults=faults)
    assert (verdict.doubled, verdict.absorbed) == ((ID,), 0)


def test_a_kill_excuses_the_event_in_hand_and_none_before_it() -> None:
    others = (effect(1, at=1.1),)
    verdict = judged(effect(1, at=1.0), effect(2, at=5.0), faults=(kill(CHILD, at=1.2),), others=others)
    assert verdict.doubled == (ID,)


@pytest.mark.parametrize(
    "attempts",
    [
        pytest.param((1, 1), id="twice in one attempt"),
        pytest.param((2, 1), id="of an attempt that had been superseded"),
    ],
)
def test_no_kill_excuses_an_effect(attempts: tuple[int, int]) -> None:
    first, second = attempts
    verdict = judged(
        effect(first, at=1.0), effect(second, at=5.0), faults=(kill(CHILD, at=1.2), kill(CHILD, at=5.2))
    )
    assert verdict.doubled == (ID,)


def test_an_effect_of_something_else_than_was_posted_is_wrong() -> None:
    assert judged(effect(1, seen="other")).wrong == (ID,)


def test_an_effect_of_something_that_was_never_posted_is_wrong() -> None:
    verdict = judge([], {"lab:3": [effect(1)]}, posted={ID: "same"}, faults=())
    assert verdict.wrong == ("lab:3",)


@pytest.mark.parametrize(
    "change",
    [
        {"source": "other"},
        {"type": "other"},
        {"body": b"other"},
        {"headers": [("Content-Type", "text/plain"), ("X-Lab-Id", "1")]},
        {"headers": [("Content-Type", "application/json")]},
    ],
    ids=["source", "type", "body", "header", "headers"],
)
def test_a_fingerprint_covers_whatever_a_handler_relies_on(change: dict[str, object]) -> None:
    posted = {
        "source": "lab",
        "type": "lab.event",
        "body": b"{}",
        "headers": [("Content-Type", "application/json"), ("X-Lab-Id", "1")],
    }
    assert fingerprint(**posted) != fingerprint(**(posted | change))  # type: ignore[arg-type]


def test_a_fingerprint_does_not_mind_what_clients_and_proxies_add() -> None:
    posted = [("Content-Type", "application/json"), ("X-Lab-Id", "1")]
    arrived = [("host", "127.0.0.1"), ("x-lab-id", "1"), ("content-type", "application/json")]
    first, second = (
        fingerprint(source="lab", type="lab.event", headers=headers, body=b"{}")
        for headers in (posted, arrived)
    )
    assert first == second


def test_without_a_count_of_attempts_each_repeat_is_left_to_the_key() -> None:
    verdict = judge([ID], {ID: [effect(0, at=1.0), effect(0, at=2.0)]}, posted=None, faults=None)
    assert (verdict.doubled, verdict.wrong, verdict.absorbed) == ((), (), 1)


def test_a_fault_is_noted_with_its_time_and_whom_it_was_done_to() -> None:
    faults = Faults()
    with faults.during({GROUP}):
        pass
    (done,) = faults.done
    assert done.began <= done.ended
    assert done.concerns(effect(1))
    assert not done.concerns(Effect(1, 0, process=99, group=98))


def test_the_ledger_is_read_as_it_was_written_without_a_torn_last_line(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    for attempt in (1, 2):
        ledger.write(path, "lab:a b", attempt, "seen")
    with path.open("a") as file:
        file.write("lab:torn")
    found = ledger.read(path)
    assert list(found) == ["lab:a b"]
    assert [(one.attempt, one.position, one.seen) for one in found["lab:a b"]] == [
        (1, 0, "seen"),
        (2, 1, "seen"),
    ]
    assert {(one.process, one.group) for one in found["lab:a b"]} == {(os.getpid(), os.getpgrp())}
    assert found["lab:a b"][0].at <= found["lab:a b"][1].at
