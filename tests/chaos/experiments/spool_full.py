"""F10 full: the store is away for so long that the spool fills its own disk."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from tests.chaos.experiments.common import Tell, run
from tests.chaos.load import Load
from tests.chaos.result import Result
from tests.chaos.stage import Stage
from tests.support.small_disk import fill_up, small_disk
from tests.support.waiting import until
from webhooks.spool.file import look

MIB = 14
"""Of the disk: the spool's reserve, and a log that the load fills within seconds."""


def fill_own_disk(rounds: int, tell: Tell) -> Result:
    """F10 full: what the spool has acknowledged comes to the store though its disk has no byte free.

    The spool fills the disk up to its reserve and other files take the rest, which is never freed
    before the spool is drained. Every other receiver is killed and starts on the full disk.
    """
    with (
        tempfile.TemporaryDirectory(prefix="hookline-chaos-") as folder,
        small_disk(Path(folder), mib=MIB) as disk,
    ):
        spool = disk / "spool"

        def act(stage: Stage, load: Load) -> str:
            held, slowest = 0, 0.0
            for number in range(rounds):
                with stage.faults.during(None):
                    stage.server.kill()
                    _refuses(load)
                    filler = fill_up(disk)
                    held += look(spool).records
                    if number % 2:
                        stage.kill("web")
                    stage.restart_store()
                began = time.monotonic()
                until(lambda: not look(spool).records, within=60, what="the spool is drained")
                slowest = max(slowest, time.monotonic() - began)
                filler.unlink()
                _goes_on(load)
                tell(number + 1)
            return (
                f"{held:,} spooled until the disk was full; spool empty at most {slowest:.1f} s after Redis"
            )

        name, fault = "F10 full", "Redis away until the spool has filled its disk"
        return run(name, fault, rounds, act, HOOKLINE_SPOOL_DIRECTORY=str(spool))


def _refuses(load: Load) -> None:
    """Wait until a delivery is refused after some were spooled."""
    accepted = len(load.acknowledged)
    until(lambda: len(load.acknowledged) > accepted + 20, within=30, what="something is spooled")
    refused = load.statuses[503]
    until(lambda: load.statuses[503] > refused, within=60, what="the spool refuses")


def _goes_on(load: Load) -> None:
    accepted = len(load.acknowledged)
    until(lambda: len(load.acknowledged) > accepted + 20, within=30, what="events are taken again")
