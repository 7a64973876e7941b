"""What an editor, a shell or a mount adds to a value: taken off at its ends, refused within it."""

from __future__ import annotations

import re
import unicodedata

_ENDS = re.compile(r"\A[\s\ufeff]+|[\s\ufeff]+\Z")
_SEVERAL_LINES = ("-----BEGIN ", "{", "[")
"""How a value begins that may have line breaks: PEM, and a JSON document or a TOML table."""

_NAMES = {"\n": "a line break", "\r": "a carriage return", "\t": "a tab", "\ufeff": "a byte order mark"}


def cleaned(text: str) -> str:
    r"""Return a value without the blanks, line breaks and byte order marks around it.

    No provider's secret begins or ends with one: `echo secret | base64` in a Kubernetes Secret
    adds `\n`, an editor on Windows `\r\n` and U+FEFF.

    Raises:
        ValueError: what is left has a character that nobody sees, or is in quotes, which
            `docker --env-file` keeps; says which and where, and never quotes the value.
    """
    found = _ENDS.sub("", text)
    if len(found) > 1 and found[0] == found[-1] and found[0] in "'\"":
        msg = "is in quotes, which would be a part of it: remove them"
        raise ValueError(msg)
    lines = found.startswith(_SEVERAL_LINES)
    for position, char in enumerate(found, 1):
        if not char.isprintable() and not (lines and char in "\r\n\t"):
            msg = f"has {_name(char)} as character {position}, which is not seen: remove it"
            raise ValueError(msg)
    return found


def is_blank(text: str) -> bool:
    """Return whether nothing is left of a value without what is around it."""
    return not _ENDS.sub("", text)


def decoded(content: bytes) -> str:
    """Return the text of a file in UTF-8, with or without a byte order mark.

    Raises:
        ValueError: it is UTF-16 or UTF-32, or nothing that is known.
    """
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in content:
        msg = "is not in UTF-8 but in UTF-16 or UTF-32: save it as UTF-8"
        raise ValueError(msg)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        msg = f"is not in UTF-8 (byte {error.start + 1}): save it as UTF-8"
        raise ValueError(msg) from None


def _name(char: str) -> str:
    return _NAMES.get(char) or f"U+{ord(char):04X} ({unicodedata.name(char, 'a control character').lower()})"
