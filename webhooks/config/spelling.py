"""What a misspelt name was probably meant to be."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(name: str, known: Iterable[str], *, prefix: str = "") -> str:
    """Return `did you mean <name>? ` for the known name that is closest, or an empty text.

    What all names begin with is their `prefix`, and makes none closer.
    """
    spelled = {word.removeprefix(prefix).casefold(): word for word in known}
    close = get_close_matches(name.removeprefix(prefix).casefold(), spelled, n=1)
    return f"did you mean {spelled[close[0]]}? " if close else ""
