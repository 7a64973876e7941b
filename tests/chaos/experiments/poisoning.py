"""F13: one event in a hundred poisons its handler."""

from __future__ import annotations

import json
import subprocess
import time
from dataclasses import replace

from tests.chaos.experiments import common
from tests.chaos.experiments.common import Tell, finish
from tests.chaos.load import Load
from tests.chaos.poison import POISON
from tests.chaos.resting import rest
from tests.chaos.result import Result
from tests.chaos.stage import Stage
from tests.support.processes import BIN
from tests.support.waiting import until
from webhooks.lifecycle import State
from webhooks.store.listing import find

ATTEMPTS = 3


def poison_handlers(rounds: int, tell: Tell) -> Result:
    """F13: every kind of poison, `rounds` times, among a hundred times as many ordinary events."""
    with Stage(
        handlers="tests.chaos.poisoned",
        HOOKLINE_RETRY_ATTEMPTS=str(ATTEMPTS),
        HOOKLINE_WORKER_TIME_LIMIT="2",
        HOOKLINE_WORKER_MAX_MEMORY="400MiB",
    ) as stage:
        load = Load(stage.port, rate=common.RATE, kinds=tuple(POISON))
        load.start()
        for number in range(rounds):
            until(lambda: len(load.poisoned) >= (number + 1) * len(POISON), within=120, what="poison is sent")  # noqa: B023
            tell(number + 1)
        load.stop()
        ordinary = _others_have_gone_on(stage, load)
        _all_die(stage, load)
        reasons = _reasons(stage, load)
        (stage.folder / "repaired").touch()
        subprocess.run(
            [str(BIN / "hookline"), "replay", "--dead"],
            env=stage.environ(),
            check=True,
            capture_output=True,
            timeout=300,
        )
        notes = (
            f"others done {ordinary:.1f} s after the last; {len(load.poisoned)} poisoned events dead after "
            f"{ATTEMPTS} attempts, replayed and the same byte for byte; reasons: {json.dumps(reasons)}"
        )
        result = finish(
            stage,
            load,
            name="F13",
            fault="poison in 1 % of the events",
            rounds=rounds,
            notes=notes,
            limit=1.0,
        )
        changed = [name for name in load.poisoned if _body(stage, name) != load.body(name)]
        return replace(result, held=result.held and not changed and all(reasons.values()))


def _others_have_gone_on(stage: Stage, load: Load) -> float:
    """Wait until every ordinary event has its effect; return the seconds that took."""
    began = time.monotonic()
    wanted = len(set(load.acknowledged)) - len(load.poisoned)
    until(lambda: stage.effects() >= wanted, within=120, what="ordinary events are done")
    return time.monotonic() - began


def _all_die(stage: Stage, load: Load) -> None:
    def alive() -> int:
        counts = stage.counts()
        return max(0, len(load.poisoned) - (0 if counts is None else counts.states[State.DEAD]))

    rest(alive, what="poisoned events are")


def _reasons(stage: Stage, load: Load) -> dict[str, str]:
    """Return what is said of each kind."""
    connection = stage.connect()
    found = {}
    for name in load.poisoned:
        record = find(connection, load.id(name))
        if record is not None:
            found[record.event.type.rpartition(".")[2]] = record.error.removeprefix(
                "tests.chaos.poisoned.effect: "
            )
    return found


def _body(stage: Stage, name: str) -> bytes:
    record = find(stage.connect(), Load.id(name))
    return b"" if record is None else record.event.body
