"""Who must act, and under which word."""

from __future__ import annotations

import pytest

from webhooks.errors import REJECTIONS, HooklineError, Misconfigured, Rejected, Unavailable


@pytest.mark.parametrize("error", [Rejected, Misconfigured, Unavailable])
def test_every_error_is_one_of_the_family(error: type[Exception]) -> None:
    assert issubclass(error, HooklineError)


@pytest.mark.parametrize("code", REJECTIONS)
def test_a_rejection_has_its_codes_status_and_word(code: str) -> None:
    error = Rejected(code, "why")
    assert (error.code, error.status, error.message) == (code, REJECTIONS[code], "why")
    assert str(error) == f"{code}: why"


def test_a_code_that_is_not_in_the_list_cannot_be_raised() -> None:
    with pytest.raises(KeyError):
        Rejected("made_up", "why")


def test_no_rejection_is_a_fault_of_ours_but_the_one_that_http_asks_for() -> None:
    fives = {code for code, status in REJECTIONS.items() if status >= 500}
    assert fives == {"transfer_coding_unsupported"}
    assert all(400 <= status < 600 for status in REJECTIONS.values())


@pytest.mark.parametrize(
    "code", [code for code in REJECTIONS if code.startswith(("signature_", "timestamp_"))]
)
def test_what_is_not_proven_is_401(code: str) -> None:
    assert REJECTIONS[code] == 401


def test_codes_are_words_that_a_metric_can_carry() -> None:
    assert all(code.replace("_", "").isalpha() and code.islower() for code in REJECTIONS)


def test_the_list_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        REJECTIONS["new"] = 400  # type: ignore[index]


def test_all_faults_are_told_each_on_its_line() -> None:
    error = Misconfigured(["a is missing", "b is wrong"])
    assert error.faults == ("a is missing", "b is wrong")
    assert str(error) == "2 faults in the configuration:\n  - a is missing\n  - b is wrong"


def test_one_fault_is_told_in_the_singular() -> None:
    assert str(Misconfigured(iter(["a is missing"]))) == "1 fault in the configuration:\n  - a is missing"


def test_what_is_away_says_when_to_come_back() -> None:
    assert Unavailable("the store is away").retry_after == 5
    assert Unavailable("the store is away", retry_after=60).retry_after == 60
