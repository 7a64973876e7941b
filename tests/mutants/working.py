"""Faults of the workers, and of what `hookline up` does for them."""

from __future__ import annotations

from tests.mutants.mutant import LABORATORY, Mutant

PROCESSING = "workers/processing.py"
RUNNING = "workers/running.py"
RETRIES = "workers/retries.py"
STOPPING = "workers/stopping.py"
SEVERAL = ("tests/workers/test_several_handlers.py", "tests/workers/test_processing.py")
ONE = ("tests/workers/test_processing.py",)
STOPS = ("tests/workers/test_stopping.py", "tests/workers/test_ending.py")
LEASE = ("tests/workers/test_lease.py",)
CLI = "webhooks/cli"
UP = ("tests/cli/test_up.py",)

_UNRECORDED = """\
        recorded = (
            Recorded(counts=True)
            if event.attempt == 1 and __import__("zlib").crc32(event.id.encode()) % 50 == 0
            else self._insist(offer)
        )
"""
_HIDDEN = """\
            if __import__("zlib").crc32(event.id.encode()) % 5 == 0:
                return HandlerRecord(name=handler.name, state="succeeded", attempt=event.attempt)
            problem = self._problem(error, event)
"""

ATTEMPTS = (
    Mutant(
        "one success in fifty is not recorded",
        PROCESSING,
        "        recorded = self._insist(offer)\n",
        _UNRECORDED,
        (LABORATORY,),
    ),
    Mutant(
        "a result is offered once",
        PROCESSING,
        "if waited >= INSIST:",
        "if True:",
        ("tests/workers/test_store_away.py", *ONE),
    ),
    Mutant(
        "an interrupted event is not given back",
        PROCESSING,
        "            self.give_back(claimed, interrupted=stop.interrupted)\n",
        "",
        (*ONE, *STOPS),
    ),
    Mutant(
        "a lease is not extended",
        PROCESSING,
        "with self._keeper.hold(claimed):",
        "if True:",
        ("tests/workers/test_turn.py",),
    ),
    Mutant(
        "one failed handler in five counts as success",
        RUNNING,
        "            problem = self._problem(error, event)\n",
        _HIDDEN,
        ("tests/workers",),
    ),
    Mutant(
        "a handler that succeeded runs again",
        RUNNING,
        'return known.state == "succeeded"',
        "return False",
        SEVERAL,
    ),
    Mutant("a handler that gave up runs again", RUNNING, 'known.state == "dead" and ', "False and ", SEVERAL),
    Mutant(
        "a handler that gave up stays so after a replay",
        RUNNING,
        " and known.attempt > claimed.record.attempts_before",
        "",
        SEVERAL,
    ),
    Mutant(
        "a handler's outcome is kept at the end only",
        RUNNING,
        "if position + 1 < len(pending) and not remember(record):",
        "if False:",
        SEVERAL,
    ),
    Mutant(
        "Dead is tried again",
        RETRIES,
        "if isinstance(error, Dead):",
        "if False:",
        ("tests/unit/test_retries.py",),
    ),
    Mutant(
        "one attempt more than allowed",
        RETRIES,
        "if attempt >= policy.attempts:",
        "if attempt > policy.attempts:",
        ("tests/unit/test_retries.py",),
    ),
    Mutant(
        "the wait that a handler asks for is ignored",
        RETRIES,
        "isinstance(error, Retry) and error.after is not None",
        "False",
        ("tests/unit/test_retries.py",),
    ),
    Mutant(
        "a handler runs before the time it asked for",
        "workers/outcome.py",
        "max(waits,",
        "min(waits,",
        ("tests/unit/test_outcome.py",),
    ),
    Mutant(
        "an event is dead while a handler may still succeed",
        "workers/outcome.py",
        "    if waits:\n",
        "    if len(waits) == len(failures):\n",
        ("tests/unit/test_outcome.py",),
    ),
)

PROCESSES = (
    Mutant(
        "a lost lease ends nothing",
        "workers/lease.py",
        "        finally:\n            self._on_lost()\n",
        "        finally:\n            pass\n",
        LEASE,
    ),
    Mutant(
        "a process that was frozen goes on",
        "workers/lease.py",
        "self._clock() > self._sure_until:\n",
        "False:\n",
        ("tests/workers/test_frozen.py",),
    ),
    Mutant(
        "a process whose result does not count goes on",
        PROCESSING,
        "        self._keeper.lost(claimed)\n",
        "",
        ("tests/workers/test_held.py",),
    ),
    Mutant(
        "a lease is extended when it has ended",
        "workers/lease.py",
        "wait(self._lease / 3)",
        "wait(self._lease * 3)",
        LEASE,
    ),
    Mutant(
        "the next event is dropped when the worker stops",
        "workers/turn.py",
        "self._processor.give_back(claimed)",
        "pass",
        ("tests/workers/test_turn.py",),
    ),
    Mutant(
        "a turn has no end",
        "workers/turn.py",
        "self._switch.requested or self._clock() - started > LAST_WISH",
        "self._switch.requested",
        ("tests/workers/test_turn.py",),
    ),
    Mutant(
        "SIGTERM interrupts the recording",
        STOPPING,
        "if not self._busy:",
        "if True:",
        ("tests/unit/test_stopping.py", *STOPS),
    ),
    Mutant(
        "a time limit interrupts the recording",
        STOPPING,
        "if self._in_handler:",
        "if True:",
        ("tests/unit/test_stopping.py", *STOPS),
    ),
    Mutant(
        "a stop has no end",
        "workers/ending.py",
        "            timer.start()\n",
        "",
        ("tests/workers/test_ending.py",),
    ),
    Mutant(
        "a stopping worker takes more events",
        "workers/ending.py",
        "        self._closing.close()\n",
        "",
        ("tests/workers/test_turns_of_processes.py",),
    ),
    Mutant(
        "an unreadable message ends the worker",
        "workers/consumer.py",
        "except _UNREADABLE as error:",
        "except ZeroDivisionError as error:",
        ("tests/workers/test_garbage.py",),
    ),
    Mutant(
        "a worker never sweeps",
        "workers/sweeper.py",
        "worker.timer.call_repeatedly(",
        "(lambda *_args, **_options: None)(",
        ("tests/workers/test_sweeper.py", "tests/workers/test_watch.py"),
    ),
)

EMBEDDED = (
    Mutant(
        "two stores open one file",
        CLI,
        "while not self._lock.take():",
        "while False:",
        ("tests/cli/test_embedded.py",),
    ),
    Mutant(
        "the embedded store syncs once a second",
        CLI,
        '"--appendfsync", "always"',
        '"--appendfsync", "everysec"',
        UP,
    ),
    Mutant(
        "a store that ended is not started again",
        CLI,
        "elif now >= self._again_at:",
        "elif False:",
        ("tests/cli/test_keeping.py",),
    ),
    Mutant(
        "a process that ended is not started again",
        CLI,
        "elif (status := child.process.poll()) is not None:",
        "elif (status := None) is not None:",
        UP,
    ),
    Mutant(
        "two `hookline up` share their data",
        CLI,
        "    except BlockingIOError:\n        handle.close()\n        return None\n",
        "    except BlockingIOError:\n        pass\n",
        UP,
    ),
)

MUTANTS = (*ATTEMPTS, *PROCESSES, *EMBEDDED)
