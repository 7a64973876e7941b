"""F12, F15, F16 and F17: what could make an event run twice, or be forgotten."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from tests.chaos.entry_worker import SHIFT, TASK
from tests.chaos.experiments import common
from tests.chaos.experiments.common import Tell, finish, run
from tests.chaos.filling import fill
from tests.chaos.load import Load
from tests.chaos.result import Result
from tests.chaos.stage import Stage
from tests.support.waiting import until
from webhooks.store.keys import KEYS, PREFIX

AT_ONCE = 16
AGAIN = 3
PENDING = 10_000
CLOCK = 600
YESTERDAY = "hookline.process_of_yesterday"


def same_delivery(rounds: int, tell: Tell) -> Result:
    """F12: each round is an id of its own, posted many times."""
    with Stage() as stage, ThreadPoolExecutor(AT_ONCE) as threads:
        load = Load(stage.port, rate=common.RATE)
        names = [str(number) for number in range(1, rounds + 1)]

        def post(name: str, times: int) -> None:
            statuses = list(threads.map(load.post, [name] * times))
            if set(statuses) != {200}:
                msg = f"event {name} was answered {sorted(set(statuses))}"
                raise AssertionError(msg)

        for number, name in enumerate(names):
            post(name, AT_ONCE)
            tell(number + 1)
        stage.rest()
        for name in names:
            post(name, AGAIN)
        with stage.faults.during(None):
            stage.server.kill()
            stage.kill("worker-0")
            stage.restart_store()
        for name in names:
            post(name, AGAIN)
        fault = f"each delivery {AT_ONCE} times at once, {AGAIN} times when done, {AGAIN} after a crash"
        result = finish(stage, load, name="F12", fault=fault, rounds=rounds, notes="", limit=1.0)
        effects = stage.effects()
        held = result.held and effects == rounds
        return replace(result, held=held, notes=f"{effects} effects of {rounds} ids; {result.notes}")


def delete_queue(rounds: int, tell: Tell) -> Result:
    """F15: Celery's list and its notes of what was taken are deleted with all but a few events pending."""
    slowest = 0.0
    with Stage(workers=0) as stage:
        load = Load(stage.port, rate=common.RATE)
        for number in range(rounds):
            load.admitted(fill(stage.connect(), PENDING, tag=f"f15-{number}"))
            for name in ("worker-0", "worker-1"):
                stage.add_worker(name)
            until(common.grown(stage, by=100), within=60, what="the workers have begun")
            stage.connect().execute("DEL", KEYS["queue"], PREFIX + "unacked", PREFIX + "unacked_index")
            began = time.monotonic()
            # More than the workers could have in hand from before.
            until(common.grown(stage, by=100), within=60, what="work goes on")
            slowest = max(slowest, time.monotonic() - began)
            stage.rest()
            for name in ("worker-0", "worker-1"):
                stage.kill(name, restart=False)
            tell(number + 1)
        fault = f"DEL of Celery's queue and notes with {PENDING:,} events pending"
        notes = f"work went on after at most {slowest:.1f} s"
        return finish(stage, load, name="F15", fault=fault, rounds=rounds, notes=notes, limit=None)


def wrong_clock(seconds: int, tell: Tell) -> Result:
    """F16: one of two workers is ten minutes ahead, then as much behind."""

    def fault(stage: Stage, load: Load) -> str:
        for part, shift in enumerate((CLOCK, -CLOCK)):
            stage.kill("worker-0", restart=False)
            stage.add_worker("worker-0", **{SHIFT: str(shift)})
            for second in range(seconds // 2):
                time.sleep(1.0)
                tell(part * (seconds // 2) + second + 1)
        return ""

    name = f"one worker's clock {CLOCK:+} s, then {-CLOCK:+} s"
    # A time limit whose visibility timeout is below the shift, so that messages do come again.
    return run("F16", name, seconds, fault, unit="s", HOOKLINE_WORKER_TIME_LIMIT="60")


def renamed_task(rounds: int, tell: Tell) -> Result:
    """F17: workers that know the task by another name, replaced one by one, and back again."""

    def fault(stage: Stage, load: Load) -> str:
        for number in range(rounds):
            for task in ({TASK: YESTERDAY}, {}):
                for name in ("worker-0", "worker-1"):
                    stage.remove(name).stop()
                    stage.add_worker(name, **task)
                    time.sleep(1.5)
            tell(number + 1)
        logs = [log.read_text(encoding="utf-8", errors="replace") for log in stage.logs("worker")]
        unknown = sum(log.count("unregistered task") for log in logs)
        if not unknown:
            msg = "no message was discarded, so nothing was shown"
            raise AssertionError(msg)
        return f"{unknown:,} messages were discarded as unknown"

    return run("F17", "workers that do not know the task's name", rounds, fault, limit=None)
