"""What a platform says of the receiver by variables of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from webhooks.config import values
from webhooks.config.cleaning import cleaned
from webhooks.config.environment import is_set

_HOST, _PORT, _WORKERS = "HOOKLINE_WEB_HOST", "HOOKLINE_WEB_PORT", "HOOKLINE_WEB_WORKERS"
_MEANT: Mapping[str, tuple[str, Callable[[Any], Any]]] = MappingProxyType(
    {"PORT": (_PORT, values.port), "WEB_CONCURRENCY": (_WORKERS, values.whole)}
)
EVERYWHERE = "0.0.0.0"  # noqa: S104 - the platform routes to the container's own address
"""Where a receiver listens whose port the platform says."""


def platform_variables(
    environ: Mapping[str, str], own: Mapping[str, str], table: Any, faults: list[str]
) -> dict[str, str]:
    """Return `PORT` and `WEB_CONCURRENCY` as variables of ours, unless those are set.

    Heroku, Cloud Run and others route to `PORT` on the container's address, so that a host is
    needed too where neither `own` nor `table`, the file's `[web]`, has one. Like every variable
    they win over the file.

    See https://devcenter.heroku.com/articles/dynos#local-environment-variables and
    https://cloud.google.com/run/docs/container-contract#port.
    """
    found = {}
    for name, (variable, read) in _MEANT.items():
        if variable in own or not is_set(environ, name):
            continue
        try:
            found[variable] = cleaned(environ[name])
            read(found[variable])
        except ValueError as error:
            faults.append(f"{name} {error}; {variable} wins over it")
            found.pop(variable, None)
    if _PORT in found and _HOST not in own and "host" not in (table if isinstance(table, dict) else {}):
        found[_HOST] = EVERYWHERE
    return found
