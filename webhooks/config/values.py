"""How one value of the configuration is read; each reader raises `ValueError` with what is right."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from webhooks.config.cleaning import cleaned, decoded, is_blank

_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}
_SIZES = {"B": 1, "KiB": 1024, "MiB": 1024**2, "GiB": 1024**3}
_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?(ms|s|m|h|d)")
_SIZE = re.compile(r"([0-9]{1,15}) ?(B|KiB|MiB|GiB)")
_WHOLE = re.compile(r"[0-9]{1,15}")
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")
FORWARDED = ("X-Forwarded-Proto", "X-Forwarded-Host")
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def text(value: Any) -> str:
    """Read a text that is not empty."""
    if not isinstance(value, str) or not value.strip():
        # Not quoted: it may hold a password.
        msg = "must be a text that is not empty"
        raise ValueError(msg)
    return value


def whole(value: Any) -> int:
    """Read a whole number of at least 1."""
    number = _integer(value)
    if number is None or number < 1:
        msg = f"must be a whole number of at least 1, got {value!r}"
        raise ValueError(msg)
    return number


def port(value: Any) -> int:
    """Read a TCP port; 0 means any free one."""
    number = _integer(value)
    if number is None or not 0 <= number <= 65535:  # noqa: PLR2004 - TCP's own limit
        msg = f"must be a port between 0 and 65535, got {value!r}"
        raise ValueError(msg)
    return number


def factor(value: Any) -> float:
    """Read a number of at least 1."""
    number = _float(value)
    if number is None or not 1 <= number < math.inf:
        msg = f"must be a number of at least 1, got {value!r}"
        raise ValueError(msg)
    return number


def duration(value: Any) -> float:
    """Read seconds: a number, or a text such as `90s`, `15m`, `12h` or `3d`."""
    if isinstance(value, str) and (match := _DURATION.fullmatch(value)):
        seconds = float(match[1]) * _UNITS[match[2]]
    else:
        seconds = -1.0 if (number := _float(value)) is None else number
    if not 0 < seconds < math.inf:
        msg = f"must be a duration of more than 0, such as 30, 90s, 15m, 12h or 3d, got {value!r}"
        raise ValueError(msg)
    return seconds


def pause(value: Any) -> float:
    """Read seconds as `duration` does, 0 allowed."""
    return 0.0 if _float(value) == 0 else duration(value)


def flag(value: Any) -> bool:
    """Read true or false; in the environment as these words, in capitals too."""
    found = {"true": True, "false": False}.get(value.lower(), value) if isinstance(value, str) else value
    if not isinstance(found, bool):
        msg = f"must be true or false, got {value!r}"
        raise ValueError(msg)  # noqa: TRY004 - a fault of the configuration, told with the others
    return found


def size(value: Any) -> int:
    """Read bytes: a whole number, or a text such as `512KiB` or `5MiB`."""
    if isinstance(value, str) and (match := _SIZE.fullmatch(value)):
        number = int(match[1]) * _SIZES[match[2]]
    else:
        number = _integer(value) or 0
    if number < 1:
        msg = f"must be a size of at least 1 byte, such as 65536, 512KiB or 5MiB, got {value!r}"
        raise ValueError(msg)
    return number


def names(value: Any) -> tuple[str, ...]:
    """Read a list of texts; in the environment they are separated by commas."""
    if isinstance(value, str):
        return tuple(item.strip() for item in value.split(",") if item.strip())
    if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
        # Not quoted: it may hold secrets.
        msg = "must be a list of texts that are not empty"
        raise ValueError(msg)
    return tuple(item.strip() for item in value)


def forwarded(value: Any) -> tuple[str, ...]:
    """Read the names of the headers of a proxy that are believed, however they are capitalised."""
    known = {name.lower(): name for name in FORWARDED}
    found = names(value)
    for name in found:
        if name.lower() not in known:
            msg = f"must be of {', '.join(FORWARDED)}, got {name!r}"
            raise ValueError(msg)
    return tuple(known[name.lower()] for name in found)


def public_url(value: Any) -> str:
    """Read the URL of an endpoint as its senders call it: http or https, no query and no fragment."""
    found = text(value)
    try:
        parts = urlsplit(found)
        right = (
            parts.scheme in ("http", "https") and parts.hostname and not parts.query and not parts.fragment
        )
    except ValueError:
        right = False
    if not right or not found.isascii() or not found.isprintable():
        msg = "must be a URL such as https://hooks.example.com/webhooks/twilio, without a query"
        raise ValueError(msg)
    return found


def moment(value: Any) -> float:
    """Read a time: a TOML date or time, or a text in RFC 3339; UTC where it names no zone."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            value = None
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, tzinfo=UTC)
    if not isinstance(value, datetime):
        msg = "must be a date or time such as 2026-11-20 or 2026-11-20T03:00:00Z"
        raise ValueError(msg)  # noqa: TRY004 - a fault of the configuration, told with the others
    return (value if value.tzinfo is not None else value.replace(tzinfo=UTC)).timestamp()


def dsn(value: Any) -> str:
    """Read the DSN of a Sentry project."""
    found = text(value)
    try:
        parts = urlsplit(found)
        complete = parts.scheme in ("http", "https") and parts.username and parts.hostname
    except ValueError:
        complete = False
    if not complete or not _WHOLE.fullmatch(parts.path.rpartition("/")[2]):
        msg = "must be a DSN as Sentry shows it, such as https://<key>@<host>/<number of the project>"
        raise ValueError(msg)
    return found


def one_of(*allowed: str) -> Any:
    """Return a reader that takes one of the given words, in capitals too."""

    def read(value: Any) -> str:
        found = value.lower() if isinstance(value, str) else ""
        if found not in allowed:
            msg = f"must be one of {', '.join(allowed)}, got {value!r}"
            raise ValueError(msg)
        return found

    return read


def resolve(value: str, environ: Mapping[str, str]) -> str:
    """Fill in `${NAME}` from the environment, or read a `file:` path; each is cleaned as `cleaned` does.

    Raises:
        ValueError: the variable is not set, the file cannot be read, nothing is in it, or what is
            there has a character within it that nobody sees.
    """
    if value.startswith("file:"):
        return _content(Path(value[len("file:") :].strip()))

    def fill(match: re.Match[str]) -> str:
        found = environ.get(match[1], "")
        if is_blank(found):
            msg = f"the environment variable {match[1]} is not set or empty: set it"
            raise ValueError(msg)
        return _cleaned(f"the environment variable {match[1]}", found)

    # What is filled in was looked at; a variable may hold several lines, where a text may not.
    return _VARIABLE.sub(fill, cleaned(value))


def _content(path: Path) -> str:
    where = f"the file {path}"
    try:
        content = path.read_bytes()
    except (OSError, ValueError) as error:
        msg = f"{where} cannot be read ({type(error).__name__}): create it, or correct the path"
        raise ValueError(msg) from None
    try:
        found = decoded(content)
    except ValueError as error:
        msg = f"{where} {error}"
        raise ValueError(msg) from None
    if is_blank(found):
        msg = f"{where} is empty: write the value into it"
        raise ValueError(msg)
    return _cleaned(where, found)


def _cleaned(where: str, text: str) -> str:
    try:
        return cleaned(text)
    except ValueError as error:
        msg = f"{where} {error}"
        raise ValueError(msg) from None


def variables_in(document: Any) -> set[str]:
    """Return the names of all `${NAME}` in the texts of a TOML document."""
    if isinstance(document, dict):
        return set().union(*map(variables_in, document.values()))
    if isinstance(document, list):
        return set().union(*map(variables_in, document))
    return set(_VARIABLE.findall(document)) if isinstance(document, str) else set()


def _integer(value: Any) -> int | None:
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _float(value: Any) -> float | None:
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except OverflowError:
        return None
