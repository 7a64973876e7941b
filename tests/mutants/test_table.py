"""Each mutant still changes what it is named for; whether the tests notice is for `make mutants`."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.mutants.mutant import ROOT, Mutant, NotOnce
from tests.mutants.table import MUTANTS
from webhooks.store.connection import RedisConnection

FEWEST = 60


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_has_its_place_in_the_source_once_and_is_no_mere_typing_error(mutant: Mutant) -> None:
    file, changed = mutant.changed(ROOT)
    if file.suffix == ".py":
        ast.parse(changed)


def test_a_mutant_of_a_script_is_still_a_script(connection: RedisConnection) -> None:
    for mutant in MUTANTS:
        file, changed = mutant.changed(ROOT)
        if file.suffix == ".lua":
            connection.execute("SCRIPT", "LOAD", changed)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_the_tests_that_must_notice_a_mutant_are_there(mutant: Mutant) -> None:
    assert mutant.tests
    assert [test for test in mutant.tests if not (ROOT / test).exists()] == []


def test_there_are_enough_of_them_and_each_has_a_name_of_its_own() -> None:
    assert len(MUTANTS) >= FEWEST
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)


@pytest.mark.parametrize("text", ["nothing of it", "a = 1; a = 1"], ids=["gone", "twice"])
def test_a_mutant_without_its_place_says_so(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.py").write_text(text, encoding="utf-8")
    with pytest.raises(NotOnce, match="a is two"):
        Mutant("a is two", "a.py", "a = 1", "a = 2", ("tests",)).changed(tmp_path)


def test_a_mutant_finds_its_file_in_a_folder(tmp_path: Path) -> None:
    for name, text in (("a.py", "a = 1"), ("b.py", "b = 1")):
        (tmp_path / name).write_text(text, encoding="utf-8")
    mutant = Mutant("b is two", "", "b = 1", "b = 2", ("tests",))
    assert mutant.changed(tmp_path) == (tmp_path / "b.py", "b = 2")
