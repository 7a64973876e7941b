"""F5 to F9: the store loses its power, hangs, is refused, is full, or has no disk left."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from tests.chaos import power
from tests.chaos.experiments import common
from tests.chaos.experiments.common import Tell, finish, grown, run
from tests.chaos.load import Load
from tests.chaos.result import Result
from tests.chaos.stage import Stage
from tests.support.waiting import until
from webhooks.spool.file import look

SMALL_DISK = "24m"


def lose_power(rounds: int, tell: Tell) -> Result:
    """F5: power loss of the store's machine: what was not synced is gone."""
    return _power("F5", "power loss of the store", "always", rounds, tell)


def lose_power_everysec(rounds: int, tell: Tell) -> Result:
    """F5 with the setting that most run with: shows that the laboratory can see a loss."""
    return _power("F5 everysec", "the same with appendfsync everysec", "everysec", rounds, tell)


def _power(name: str, fault: str, fsync: str, rounds: int, tell: Tell) -> Result:
    safe = fsync == "always"
    with Stage(fsync=fsync, synced=True) as stage:
        load = Load(stage.port, rate=common.RATE)
        load.start()
        gone = 0
        try:
            for number in range(rounds):
                time.sleep(random.uniform(0.3, 1.2))
                with stage.faults.during(None):
                    stage.server.kill()
                    gone += power.lose(stage.server.folder)
                    stage.restart_store()
                until(grown(stage), within=60, what="work goes on")
                tell(number + 1)
        finally:
            load.stop()
        notes = f"{gone:,} bytes were not synced and were cut off"
        result = finish(stage, load, name=name, fault=fault, rounds=rounds, notes=notes, limit=1.0)
        return result if safe else counter_example(result)


def counter_example(result: Result) -> Result:
    """Mark a row that is there to be lost."""
    return replace(result, design=False, held=result.lost > 0)


def hang(seconds: int, tell: Tell) -> Result:
    """F6: the store hangs and comes back."""

    def fault(stage: Stage, load: Load) -> str:
        with stage.faults.during(None):
            stage.server.kill(signal.SIGSTOP)
            try:
                _wait(seconds, tell)
                held = look(stage.spool).records
            finally:
                stage.server.kill(signal.SIGCONT)
        return f"{held:,} spooled; {_drained(stage)}"

    return run("F6", "Redis hangs (SIGSTOP)", seconds, fault, unit="s")


def refuse(seconds: int, tell: Tell) -> Result:
    """F7: the store is away for long."""

    def fault(stage: Stage, load: Load) -> str:
        with stage.faults.during(None):
            stage.server.kill()
            refused = sum(count for status, count in load.statuses.items() if status >= 300)
            _wait(seconds, tell)
            more = sum(count for status, count in load.statuses.items() if status >= 300) - refused
            held = look(stage.spool).records
            stage.restart_store()
        if more:
            msg = f"{more} deliveries were refused though there is a spool"
            raise AssertionError(msg)
        return f"100 % answered 2xx, {held:,} spooled; {_drained(stage)}"

    return run("F7", "Redis refused", seconds, fault, unit="s")


def fill_memory(rounds: int, tell: Tell) -> Result:
    """F8: the store's memory limit is reached in flight."""

    def fault(stage: Stage, load: Load) -> str:
        connection = stage.connect()
        for number in range(rounds):
            time.sleep(random.uniform(0.5, 1.0))
            with stage.faults.during(None):
                connection.execute("CONFIG", "SET", "maxmemory", "1mb")
                time.sleep(random.uniform(0.5, 1.5))
                connection.execute("CONFIG", "SET", "maxmemory", "0")
            tell(number + 1)
        ended = sum(stage.ended.values())
        return f"{_drained(stage)}; {ended} processes ended and were started again"

    return run("F8", "Redis at its memory limit, in flight", rounds, fault)


def fill_disk(rounds: int, tell: Tell) -> Result:
    """F9: the disk of the append-only file is full."""
    with Stage(small_disk=SMALL_DISK) as stage:
        load = Load(stage.port, rate=common.RATE)
        load.start()
        exits = 0
        try:
            for number in range(rounds):
                time.sleep(random.uniform(0.3, 1.0))
                with stage.faults.during(None):
                    with _no_room(stage.server.folder):
                        until(
                            lambda: stage.server.ended() or look(stage.spool).records,
                            within=60,
                            what="it is full",
                        )
                        time.sleep(0.5)
                    exits += stage.server.ended()
                    stage.restart_store()
                tell(number + 1)
            notes = f"Redis ended by itself {exits} times; {_drained(stage)}"
        finally:
            load.stop()
        return finish(
            stage,
            load,
            name="F9",
            fault="the disk of the append-only file full",
            rounds=rounds,
            notes=notes,
            limit=1.0,
        )


@contextmanager
def _no_room(folder: Path) -> Iterator[None]:
    """Fill the disk of a folder."""
    filler = folder / "filler"
    handle = os.open(filler, os.O_CREAT | os.O_WRONLY)
    try:
        for size in (65_536, 4096, 1):
            try:
                while True:
                    os.write(handle, b"x" * size)
            except OSError:
                continue
        yield
    finally:
        os.close(handle)
        filler.unlink()


def _wait(seconds: int, tell: Tell) -> None:
    for second in range(seconds):
        time.sleep(1.0)
        tell(second + 1)


def _drained(stage: Stage) -> str:
    return f"spool empty {stage.drained():.1f} s after the end"
