"""Each mutant still changes what it is named for; whether the tests notice is for `make mutants`."""

from __future__ import annotations

import ast

import pytest

from tests.mutants.mutant import ROOT, Mutant, NotOnce
from tests.mutants.table import MUTANTS
from webhooks.store.connection import RedisConnection

FEWEST = 60


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_has_its_place_in_the_source_once_and_is_no_mere_typing_error(mutant: Mutant) -> None:
    changed = mutant.changed((ROOT / mutant.file).read_text(encoding="utf-8"))
    if mutant.file.endswith(".py"):
        ast.parse(changed)


def test_a_mutant_of_a_script_is_still_a_script(connection: RedisConnection) -> None:
    for mutant in MUTANTS:
        if mutant.file.endswith(".lua"):
            changed = mutant.changed((ROOT / mutant.file).read_text(encoding="utf-8"))
            connection.execute("SCRIPT", "LOAD", changed)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_the_tests_that_must_notice_a_mutant_are_there(mutant: Mutant) -> None:
    assert mutant.tests
    assert [test for test in mutant.tests if not (ROOT / test).exists()] == []


def test_there_are_enough_of_them_and_each_has_a_name_of_its_own() -> None:
    assert len(MUTANTS) >= FEWEST
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)


@pytest.mark.parametrize("text", ["nothing of it", "a = 1; a = 1"], ids=["gone", "twice"])
def test_a_mutant_without_its_place_says_so(text: str) -> None:
    mutant = Mutant("a is two", "a.py", "a = 1", "a = 2", ("tests",))
    with pytest.raises(NotOnce, match="a is two"):
        mutant.changed(text)
