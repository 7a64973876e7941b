"""One change to the source that some test must notice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
LABORATORY = "tests/chaos/test_laboratory.py"


class NotOnce(Exception):
    """The text that a mutant changes is not there exactly once."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """A fault, and the tests that must fail with it.

    Attributes:
        name: what goes wrong, as an operator would say it.
        place: the file that is changed, from the tree's root; or its folder, where files may be split.
        old: a text that is there exactly once.
        new: what stands in its place.
        tests: what pytest is given.
        reason: why it may survive these tests; empty where it must not.
    """

    name: str
    place: str
    old: str
    new: str
    tests: tuple[str, ...]
    reason: str = ""

    def changed(self, root: Path) -> tuple[Path, str]:
        """Return the file of a tree that is changed, and its text with the fault.

        Raises:
            NotOnce: the source has changed, and this mutant has to follow.
        """
        found = [(file, text) for file, text in _texts(root / self.place) if self.old in text]
        times = sum(text.count(self.old) for _, text in found)
        if times != 1:
            msg = f"{self.name!r}: {self.old!r} is {times} times in {self.place}, and must be there once"
            raise NotOnce(msg)
        [(file, text)] = found
        return file, text.replace(self.old, self.new)


def _texts(place: Path) -> Iterator[tuple[Path, str]]:
    files = [place] if place.is_file() else sorted(place.rglob("*.py"))
    return ((file, file.read_text(encoding="utf-8")) for file in files)
