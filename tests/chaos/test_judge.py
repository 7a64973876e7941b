"""The judge sees what is lost and what happened twice; a laboratory that cannot fail shows nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.chaos import ledger
from tests.chaos.judge import judge
from tests.chaos.ledger import Effect

ID = "lab:1"


def effects(*attempts: int) -> dict[str, Sequence[Effect]]:
    return {ID: [Effect(attempt, position) for position, attempt in enumerate(attempts)]}


def test_an_effect_for_each_acknowledged_event_is_all_right() -> None:
    verdict = judge([ID, ID], effects(1), {})
    assert (verdict.acknowledged, verdict.lost, verdict.doubled, verdict.absorbed) == (1, (), (), 0)


def test_an_acknowledged_event_without_effect_is_lost() -> None:
    assert judge([ID, "lab:2"], effects(1), {}).lost == ("lab:2",)


def test_an_event_that_was_not_acknowledged_may_have_its_effect_all_the_same() -> None:
    verdict = judge([], effects(1), {})
    assert (verdict.lost, verdict.doubled) == ((), ())


def test_a_repeat_by_a_later_attempt_whose_predecessor_left_no_record_is_absorbed() -> None:
    verdict = judge([ID], effects(1, 3), {ID: 3})
    assert (verdict.doubled, verdict.absorbed) == ((), 1)


@pytest.mark.parametrize(
    ("attempts", "succeeded"),
    [
        pytest.param((1, 1), 1, id="twice in one attempt"),
        pytest.param((1, 2), 1, id="after the event had succeeded"),
        pytest.param((2, 1), 2, id="of an attempt that had been superseded"),
        pytest.param((1, 2), None, id="and no success at all"),
    ],
)
def test_an_effect_that_had_no_business_to_happen_is_a_double(
    attempts: tuple[int, ...], succeeded: int | None
) -> None:
    recorded = {} if succeeded is None else {ID: succeeded}
    verdict = judge([ID], effects(*attempts), recorded)
    assert (verdict.doubled, verdict.absorbed) == ((ID,), 0)


def test_the_ledger_is_read_as_it_was_written_without_a_torn_last_line(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    for attempt in (1, 2):
        ledger.write(path, "lab:a b", attempt)
    with path.open("a") as file:
        file.write("lab:torn")
    assert ledger.read(path) == {"lab:a b": [Effect(1, 0), Effect(2, 1)]}
