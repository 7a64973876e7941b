"""What follows a failed attempt."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webhooks.config import Retry as Policy
from workers.retries import Again, Dead, GiveUp, Retry, decide

DAY = 86400.0
FAILED = RuntimeError("out of order")

policies = st.builds(
    Policy,
    attempts=st.integers(1, 10**6),
    first=st.floats(1e-3, 1e9),
    factor=st.floats(1, 1e300),
    longest=st.floats(1e-3, 1e9),
)
dice_rolls = st.floats(0, 1)


def wait(policy: Policy, attempt: int, dice: float = 1.0) -> float:
    decision = decide(policy, FAILED, attempt=attempt, dice=dice)
    assert isinstance(decision, Again)
    return decision.wait


@given(policy=policies, attempt=st.integers(1, 10**6), dice=dice_rolls)
def test_a_wait_is_between_nothing_and_the_longest_whatever_the_policy(
    policy: Policy, attempt: int, dice: float
) -> None:
    decision = decide(policy, FAILED, attempt=attempt, dice=dice)
    if attempt >= policy.attempts:
        assert decision == GiveUp(f"all {policy.attempts} attempts are used up")
    else:
        assert isinstance(decision, Again)
        assert 0 <= decision.wait <= policy.longest


@given(policy=policies, attempt=st.integers(1, 20), dice=dice_rolls)
def test_jitter_is_full_a_wait_is_the_drawn_share_of_its_limit(
    policy: Policy, attempt: int, dice: float
) -> None:
    if attempt < policy.attempts:
        assert wait(policy, attempt, dice) == pytest.approx(dice * wait(policy, attempt))


@given(policy=policies, attempt=st.integers(1, 100))
def test_limits_never_shrink(policy: Policy, attempt: int) -> None:
    if attempt + 1 < policy.attempts:
        assert wait(policy, attempt) <= wait(policy, attempt + 1)


def test_the_second_attempt_waits_no_longer_than_first() -> None:
    assert wait(Policy(first=10), 1) == 10


def test_each_limit_is_the_one_before_times_the_factor_up_to_the_longest() -> None:
    policy = Policy(attempts=6, first=10, factor=3, longest=100)
    assert [wait(policy, attempt) for attempt in range(1, 6)] == [10, 30, 90, 100, 100]


def test_a_small_factor_grows_to_the_longest_too() -> None:
    assert wait(Policy(attempts=500, first=10, factor=1.05, longest=1000), 200) == 1000


def test_the_default_schedule_tries_for_about_three_days() -> None:
    policy = Policy()
    mean = sum(wait(policy, attempt) / 2 for attempt in range(1, policy.attempts))
    assert 2.5 * DAY < mean < 3.5 * DAY


def test_the_last_attempt_is_the_last() -> None:
    policy = Policy(attempts=3)
    assert isinstance(decide(policy, FAILED, attempt=2, dice=0.5), Again)
    assert decide(policy, FAILED, attempt=3, dice=0.5) == GiveUp("all 3 attempts are used up")


def test_one_attempt_means_no_second() -> None:
    assert isinstance(decide(Policy(attempts=1), FAILED, attempt=1, dice=0.5), GiveUp)


@pytest.mark.parametrize("after", [0, 0.5, 60, 10**6])
def test_a_handler_may_say_when_to_come_back_and_no_dice_are_thrown(after: float) -> None:
    assert decide(Policy(), Retry(after=after), attempt=1, dice=0.1) == Again(after)


def test_a_handler_may_ask_again_and_leave_the_time_to_the_schedule() -> None:
    assert decide(Policy(first=10), Retry("busy"), attempt=1, dice=0.5) == Again(5)


def test_a_handler_that_asks_again_uses_up_an_attempt() -> None:
    assert isinstance(decide(Policy(attempts=2), Retry(after=1), attempt=2, dice=0.5), GiveUp)


@pytest.mark.parametrize("after", [-1, -0.001, math.nan, math.inf, -math.inf])
def test_a_time_that_never_comes_cannot_be_asked_for(after: float) -> None:
    with pytest.raises(ValueError, match="after must be 0 or more seconds"):
        Retry(after=after)


def test_asking_again_without_a_reason_still_reads_as_one() -> None:
    assert str(Retry()) == "the handler asked to be called again"
    assert str(Retry("busy", after=1)) == "busy"


@given(attempt=st.integers(1, 10), dice=dice_rolls)
def test_a_handler_may_give_up_at_any_attempt_in_its_own_words(attempt: int, dice: float) -> None:
    assert decide(Policy(), Dead("no such order"), attempt=attempt, dice=dice) == GiveUp("no such order")


@pytest.mark.parametrize("error", [FAILED, SystemExit(1), KeyError(), TimeoutError(), MemoryError()])
def test_whatever_else_is_raised_is_tried_again(error: BaseException) -> None:
    assert isinstance(decide(Policy(), error, attempt=1, dice=0.5), Again)
