"""The laboratory in short: a few rounds of the most telling faults."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.chaos import power
from tests.chaos.experiments import common, frozen, kills, network, points, spool_disk
from tests.chaos.experiments.common import Tell
from tests.chaos.report import PAGE, render
from tests.chaos.result import Result, load

SHORT = {
    "a worker is killed": (kills.kill_workers, 2),
    "killed after the effect": (points.die_at("after effect"), 2),
    "the store's replies are lost": (network.reply, 2),
    "a frozen process goes on": (frozen.thaw, 2),
}


@pytest.fixture(autouse=True)
def little(monkeypatch: pytest.MonkeyPatch) -> None:
    """Load that two cores with other tests on them carry as well."""
    monkeypatch.setattr(common, "RATE", 30.0)


@pytest.mark.parametrize(("experiment", "rounds"), SHORT.values(), ids=SHORT)
def test_nothing_acknowledged_is_lost_and_nothing_is_handled_twice(
    experiment: Callable[[int, Tell], Result], rounds: int
) -> None:
    told: list[int] = []
    result = experiment(rounds, told.append)
    assert (result.lost, result.doubled, result.wrong) == (0, 0, 0)
    assert result.events
    assert told[-1] == rounds


def test_a_spool_whose_disk_fails_refuses_and_keeps_what_it_has() -> None:
    try:
        result = spool_disk.fail_spool(1, lambda _done: None)
    except power.NoCompiler as missing:
        pytest.skip(str(missing))
    assert (result.lost, result.doubled, result.wrong) == (0, 0, 0)
    assert result.events


def test_the_published_page_is_what_the_kept_figures_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == render(load())
