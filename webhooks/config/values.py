"""How one value of the configuration is read; each reader raises `ValueError` with what is right."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}
_SIZES = {"B": 1, "KiB": 1024, "MiB": 1024**2, "GiB": 1024**3}
_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?(ms|s|m|h|d)")
_SIZE = re.compile(r"([0-9]{1,15}) ?(B|KiB|MiB|GiB)")
_WHOLE = re.compile(r"[0-9]{1,15}")
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")
FORWARDED = ("X-Forwarded-Proto", "X-Forwarded-Host")
TLS_OPTIONS = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile")
"""What a rediss:// URL may name: the operator's own CA, and a certificate of ours with its key."""

_DATABASE = re.compile(r"(/[0-9]{0,4})?")
_REDIS_URL = (
    "must be a redis://, rediss:// or unix:// URL, such as redis://user:password@host:6379/0, with what is "
    "special in a password percent-encoded"
)
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
    """Read true or false; in the environment as these words."""
    found = {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value
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
    """Read the names of the headers of a proxy that are believed."""
    found = names(value)
    for name in found:
        if name not in FORWARDED:
            msg = f"must be of {', '.join(FORWARDED)}, got {name!r}"
            raise ValueError(msg)
    return found


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


def redis_url(value: Any) -> str:
    """Read a Redis URL with TCP, TLS or a Unix socket.

    One that no client could read is refused here: an error further on would quote pieces of it,
    and so of its password.
    """
    found = text(value)
    try:
        parts = urlsplit(found)
        port, options = parts.port, parse_qs(parts.query, strict_parsing=bool(parts.query))
    except ValueError:
        raise ValueError(_REDIS_URL) from None
    if parts.scheme not in ("redis", "rediss", "unix") or port == 0 or parts.fragment:
        raise ValueError(_REDIS_URL)
    if parts.scheme != "unix" and not _DATABASE.fullmatch(parts.path):
        raise ValueError(_REDIS_URL)
    if parts.scheme == "rediss":
        _check_tls(options)
    return found


def _check_tls(options: Mapping[str, list[str]]) -> None:
    if not set(options) <= set(TLS_OPTIONS):
        msg = f"takes the options {', '.join(TLS_OPTIONS)} and no other; certificates are always verified"
        raise ValueError(msg)
    for name, (path, *_) in options.items():
        if not os.access(path, os.R_OK):
            msg = f"names a file in {name} that cannot be read: create it, or correct the path"
            raise ValueError(msg)


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
    """Return a reader that takes one of the given words."""

    def read(value: Any) -> str:
        if value not in allowed:
            msg = f"must be one of {', '.join(allowed)}, got {value!r}"
            raise ValueError(msg)
        return str(value)

    return read


def resolve(value: str, environ: Mapping[str, str]) -> str:
    """Fill in `${NAME}` from the environment, or read a `file:` path.

    Raises:
        ValueError: the variable is not set, the file cannot be read, or nothing is in it.
    """
    if value.startswith("file:"):
        path = Path(value[len("file:") :])
        try:
            found = path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            msg = f"the file {path} cannot be read ({type(error).__name__}): create it, or correct the path"
            raise ValueError(msg) from None
        if not found:
            msg = f"the file {path} is empty: write the value into it"
            raise ValueError(msg)
        return found

    def fill(match: re.Match[str]) -> str:
        if not environ.get(match[1], "").strip():
            msg = f"the environment variable {match[1]} is not set or empty: set it"
            raise ValueError(msg)
        return environ[match[1]]

    return _VARIABLE.sub(fill, value)


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
