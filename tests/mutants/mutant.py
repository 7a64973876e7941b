"""One change to the source that some test must notice."""

from __future__ import annotations

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
        file: the file that is changed, from the tree's root.
        old: a text that is there exactly once.
        new: what stands in its place.
        tests: what pytest is given.
        reason: why it may survive these tests; empty where it must not.
    """

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]
    reason: str = ""

    def changed(self, text: str) -> str:
        """Return the file's text with the fault.

        Raises:
            NotOnce: the source has changed, and this mutant has to follow.
        """
        found = text.count(self.old)
        if found != 1:
            msg = f"{self.name!r}: {self.old!r} is {found} times in {self.file}, and must be there once"
            raise NotOnce(msg)
        return text.replace(self.old, self.new)
