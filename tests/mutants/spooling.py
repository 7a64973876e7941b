"""Faults of the spool, from a delivery on disk to the store."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

SPOOL = "webhooks/spool"
DRAINING = ("tests/spool/test_drain.py",)
ALL = ("tests/spool",)

MUTANTS = (
    Mutant("the spool's disk is not synced", SPOOL, "synchronous = FULL", "synchronous = OFF", ALL),
    Mutant("the spool is synced now and then", SPOOL, "synchronous = FULL", "synchronous = NORMAL", ALL),
    Mutant(
        "an event is removed before it is stored",
        SPOOL,
        "        done, refused = bring(rows, self._connection)\n",
        "        self._file.remove([row.number for row in rows])\n"
        "        done, refused = bring(rows, self._connection)\n",
        DRAINING,
    ),
    Mutant(
        "an event that the store did not take is removed",
        SPOOL,
        "faults += [(number, error) for number, _ in batch]",
        "done += [number for number, _ in batch]",
        DRAINING,
    ),
    Mutant("one event that is refused keeps others back", SPOOL, "if len(batch) > 1:", "if False:", DRAINING),
    Mutant(
        "a spool keeps its reserve on a full disk",
        SPOOL,
        "        (directory / NAME).unlink()\n        return True\n",
        "        return False\n",
        ("tests/spool/test_full_disk.py",),
    ),
    Mutant(
        "events of different sources are admitted as one's",
        SPOOL,
        " and _alike(found[-1][0][1], record)",
        "",
        ("tests/spool/test_drain_together.py",),
    ),
    Mutant(
        "two processes drain at once",
        SPOOL,
        "fcntl.LOCK_EX | fcntl.LOCK_NB",
        "fcntl.LOCK_SH | fcntl.LOCK_NB",
        DRAINING,
    ),
    Mutant(
        "the spool is never drained",
        SPOOL,
        '"""Begin."""\n        self._thread.start()',
        '"""Begin."""',
        ("tests/web/test_spooling.py", "tests/spool"),
    ),
    Mutant(
        "a delivery counts as kept before it is written",
        SPOOL,
        "if not ticket.done.wait(PATIENCE):",
        "if False:",
        ALL,
    ),
    Mutant("a write that failed counts as kept", SPOOL, "if ticket.error is not None:", "if False:", ALL),
    Mutant(
        "a delivery is kept after its sender was refused",
        SPOOL,
        "            ticket.record = None\n",
        "            pass\n",
        ALL,
        reason="the sender comes again, and the store finds a duplicate",
    ),
    Mutant(
        "a spool in memory is taken for a disk",
        SPOOL,
        "(kind := in_memory(directory)) is not None",
        "(kind := None) is not None",
        ("tests/spool", "tests/web/test_spooling.py"),
    ),
    Mutant(
        "a spooled event loses its headers",
        SPOOL,
        '"headers": event.headers,',
        '"headers": (),',
        ("tests/spool/test_record.py",),
    ),
    Mutant(
        "a torn record is taken for a whole one",
        SPOOL,
        "whole = end == len(bodies)",
        "whole = True",
        ("tests/spool/test_record.py",),
    ),
)
