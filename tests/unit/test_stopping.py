"""What a signal to stop may interrupt."""

from __future__ import annotations

import signal

import pytest

from tests.support.python import output_of
from workers.stopping import Stopping, StopSwitch, TimeLimit


def request(switch: StopSwitch) -> None:
    switch.request(signal.SIGTERM, None)


def test_an_idle_process_stops_at_once() -> None:
    with pytest.raises(Stopping):
        request(StopSwitch())


def test_a_careful_block_is_finished() -> None:
    switch, steps = StopSwitch(), []
    with switch.careful():
        request(switch)
        steps.append("recorded")
    assert steps == ["recorded"]


def test_a_handler_is_interrupted_where_it_is() -> None:
    switch = StopSwitch()
    with switch.careful():
        with pytest.raises(Stopping), switch.interruptible():
            request(switch)
        request(switch)


def test_a_signal_that_came_in_a_careful_block_stops_the_next_handler_before_it_begins() -> None:
    switch, ran = StopSwitch(), []
    with switch.careful():
        request(switch)
        with pytest.raises(Stopping), switch.interruptible():
            ran.append("handler")
    assert ran == []


def test_after_a_handler_failed_the_careful_block_is_careful_again() -> None:
    switch = StopSwitch()
    with switch.careful():
        with pytest.raises(ZeroDivisionError), switch.interruptible():
            _ = 1 / 0
        request(switch)


def test_after_a_careful_block_that_failed_the_process_is_idle_again() -> None:
    switch = StopSwitch()
    with pytest.raises(ZeroDivisionError), switch.careful():
        _ = 1 / 0
    with pytest.raises(Stopping):
        request(switch)


def test_no_handler_can_catch_the_stop_as_a_failure_of_its_own() -> None:
    assert not issubclass(Stopping, Exception)


PREPARED = """
import signal
from workers.stopping import Stopping, StopSwitch, TimeLimit

switch = StopSwitch()
switch.install()
"""


def test_once_installed_sigterm_interrupts_a_handler_and_not_the_record() -> None:
    code = """
with switch.careful():
    try:
        with switch.interruptible():
            signal.raise_signal(signal.SIGTERM)
            print("the handler went on")
    except Stopping:
        print("interrupted")
    signal.raise_signal(signal.SIGTERM)
    print("recorded")
"""
    assert output_of(PREPARED + code).split("\n") == ["interrupted", "recorded"]


def test_once_installed_sigterm_ends_an_idle_process_without_a_traceback() -> None:
    assert output_of(PREPARED + 'signal.raise_signal(signal.SIGTERM)\nprint("still here")') == ""


def test_installing_again_changes_nothing_that_another_has_set_since() -> None:
    code = """
signal.signal(signal.SIGTERM, lambda *_: print("another"))
switch.install()
signal.raise_signal(signal.SIGTERM)
"""
    assert output_of(PREPARED + code) == "another"


def test_a_worker_that_closes_tells_the_processes_it_has_forked() -> None:
    code = """
import os
from workers.stopping import Closing

closing = Closing()
process = StopSwitch(closing)
print(process.requested)
if os.fork() == 0:
    closing.close()
    os._exit(0)
os.wait()
print(process.requested)
"""
    assert output_of(PREPARED + code).split("\n") == ["False", "True"]


def test_a_time_limit_ends_a_handler_and_nothing_else() -> None:
    switch = StopSwitch()
    switch.time_out(signal.SIGUSR1, None)
    with switch.careful():
        switch.time_out(signal.SIGUSR1, None)
        with pytest.raises(TimeLimit, match=r"worker\.time_limit"), switch.interruptible():
            switch.time_out(signal.SIGUSR1, None)
        switch.time_out(signal.SIGUSR1, None)
