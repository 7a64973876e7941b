"""The variables of the environment that are Hookline's: neither empty nor made by the platform."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping

from webhooks.config.cleaning import is_blank

PREFIX = "HOOKLINE_"
PLACES = ("HOOKLINE_CONFIG", "HOOKLINE_DATA")
"""Variables that say where things are and are no keys of the file."""

_URL = re.compile(r"(tcp|udp|sctp)://(\[[0-9a-f:.]+\]|[0-9.]+):[0-9]{1,5}")
_PROTOCOL = re.compile(r"tcp|udp|sctp")
_NUMBER = re.compile(r"[0-9]{1,5}")


def is_service_variable(name: str, value: str) -> bool:
    """Return whether Kubernetes or Docker made a variable out of a Service's name.

    Each Service puts variables into every pod of its namespace: `<SERVICE>_SERVICE_HOST`,
    `<SERVICE>_SERVICE_PORT`, one more for each named port, and those of Docker's links, of which
    `<SERVICE>_PORT` may be spelled like a key of ours. So the value counts as well as the name.

    See https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables.
    """
    return any(pattern.search(name) and right(value) for pattern, right in _SERVICE)


def is_set(environ: Mapping[str, str], name: str) -> bool:
    """Return whether a variable says something: compose makes empty ones of `${NAME:-}`."""
    return not is_blank(environ.get(name, ""))


def own_variables(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that begin with `HOOKLINE_` and are meant for Hookline."""
    return {
        name: value
        for name, value in environ.items()
        if name.startswith(PREFIX) and is_set(environ, name) and not is_service_variable(name, value)
    }


def misspelt(environ: Mapping[str, str], used: set[str]) -> list[str]:
    """Return the variables that begin with `HOOKLINE_` and belong to nothing, empty ones too."""
    return sorted(
        name
        for name, value in environ.items()
        if name.startswith(PREFIX) and name not in used and not is_service_variable(name, value)
    )


def _is_address(value: str) -> bool:
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return True


def _whole(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda value: pattern.fullmatch(value) is not None


_LINK = "_PORT_[0-9]{1,5}_(TCP|UDP|SCTP)"
_SERVICE: tuple[tuple[re.Pattern[str], Callable[[str], bool]], ...] = (
    (re.compile(r"_SERVICE_HOST$"), _is_address),
    (re.compile(r"_SERVICE_PORT(_[A-Z0-9_]+)?$"), _whole(_NUMBER)),
    (re.compile(r"_PORT$"), _whole(_URL)),
    (re.compile(f"{_LINK}$"), _whole(_URL)),
    (re.compile(f"{_LINK}_PROTO$"), _whole(_PROTOCOL)),
    (re.compile(f"{_LINK}_PORT$"), _whole(_NUMBER)),
    (re.compile(f"{_LINK}_ADDR$"), _is_address),
)
"""What the name ends with, and what the value then is."""
