"""How the failures of several handlers become one decision for the event."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from webhooks.lifecycle import State
from webhooks.telemetry.sentry import Problem
from workers.outcome import Failure, combine, line, sentence
from workers.retries import Again, GiveUp

PROBLEM = Problem(kind="ValueError", message="no such order")


def failure(decision: Again | GiveUp, handler: str = "shop.charge", problem: Problem = PROBLEM) -> Failure:
    return Failure(handler=handler, problem=problem, decision=decision)


decisions = st.builds(Again, st.floats(0, 1e6)) | st.builds(GiveUp, st.text())


def test_without_a_failure_the_event_succeeded() -> None:
    assert combine([], handled=True).state is State.SUCCEEDED


def test_without_a_handler_it_is_unhandled() -> None:
    assert combine([], handled=False).state is State.UNHANDLED


def test_it_waits_for_as_long_as_one_handler_may_still_succeed() -> None:
    gone, again = failure(GiveUp("over")), failure(Again(30))
    for failures in ([gone, again], [again, gone]):
        result = combine(failures, handled=True)
        assert (result.state, result.wait, result.failure) == (State.WAITING, 30, again)


def test_it_is_dead_when_every_handler_that_failed_gave_up() -> None:
    first, second = failure(GiveUp("over")), failure(GiveUp("over too"))
    result = combine([first, second], handled=True)
    assert (result.state, result.wait, result.failure) == (State.DEAD, None, first)


@given(st.lists(decisions, min_size=1, max_size=5))
def test_no_handler_runs_before_the_time_it_asked_for(found: list[Again | GiveUp]) -> None:
    result = combine([failure(decision) for decision in found], handled=True)
    waits = [decision.wait for decision in found if isinstance(decision, Again)]
    assert (result.state is State.WAITING) == bool(waits)
    assert result.wait == max(waits, default=None)


def test_an_error_without_a_message_is_its_kind() -> None:
    assert line(Problem(kind="KeyError", message="")) == "KeyError"
    assert line(PROBLEM) == "ValueError: no such order"


def test_the_sentence_names_the_handler_the_error_and_why_there_is_no_next_time() -> None:
    assert sentence(failure(Again(1))) == "shop.charge: ValueError: no such order"
    assert sentence(failure(GiveUp("all 3 attempts are used up"))) == (
        "shop.charge: ValueError: no such order (all 3 attempts are used up)"
    )


def test_a_handlers_own_last_word_is_not_said_twice() -> None:
    own = failure(GiveUp("no such order"), problem=Problem(kind="Dead", message="no such order"))
    assert sentence(own) == "shop.charge: Dead: no such order"
