"""`hookline.toml` and the environment, read into one frozen `Settings`; all faults told at once."""

from __future__ import annotations

import dataclasses
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from webhooks.config.cleaning import cleaned, decoded
from webhooks.config.environment import PLACES, PREFIX, misspelt, own_variables
from webhooks.config.platform import platform_variables
from webhooks.config.sections import SECTIONS, Retention, Retry
from webhooks.config.settings import Settings
from webhooks.config.source import Source
from webhooks.config.sources import SOURCE_KEYS, TABLE_KEYS, read_source
from webhooks.config.spelling import did_you_mean
from webhooks.config.values import resolve, variables_in
from webhooks.errors import Misconfigured

Faults = list[str]


def load_settings(environ: Mapping[str, str] | None = None, *, secrets: bool = True) -> Settings:
    """Read the settings.

    The file is `HOOKLINE_CONFIG`, or `hookline.toml` in the current directory when there is one.
    A value in the environment, `HOOKLINE_<SECTION>_<KEY>`, wins over the file's; an empty variable
    says nothing, and neither does one that Kubernetes makes for a Service. `PORT` and
    `WEB_CONCURRENCY` are taken as platforms mean them.

    Args:
        environ: the environment; the process's own when None.
        secrets: whether to resolve the sources' secrets, for whoever proves or signs. Whoever
            only reads the store runs without them.

    Raises:
        Misconfigured: with every fault, each by the name of its key and with what is right.
    """
    environ = os.environ if environ is None else environ
    faults: Faults = []
    own = _own(environ, faults)
    document = _read_file(own, faults)
    own |= platform_variables(environ, own, document.get("web"), faults)
    for unknown in sorted(set(document) - {*SECTIONS, "sources"}):
        guess = did_you_mean(unknown, [*SECTIONS, "sources"])
        faults.append(f"unknown section [{unknown}]; {guess}known: {', '.join([*SECTIONS, 'sources'])}")
    used = {*PLACES, *variables_in(document)}
    sections = {
        name: _read_section(name, section, document.get(name, {}), own, environ, used, faults)
        for name, section in SECTIONS.items()
    }
    sources = _read_sources(
        document.get("sources", {}), sections, environ if secrets else None, own, environ, used, faults
    )
    for name in misspelt(environ, used):
        guess = did_you_mean(name, _known_variables(name, used), prefix=PREFIX)
        faults.append(
            f"the environment variable {name} belongs to no key: {guess}correct its name or unset it"
        )
    if faults:
        raise Misconfigured(faults)
    return Settings(**sections, sources=MappingProxyType(sources))


def redis_faults(settings: Settings) -> list[str]:
    """Return the fault of a process that needs the store and is not told where it is."""
    if settings.redis.url:
        return []
    return ["redis.url is missing: set HOOKLINE_REDIS_URL, for example to redis://127.0.0.1:6379/0"]


def receiver_faults(settings: Settings) -> list[str]:
    """Return what a receiver lacks, beyond what every process needs."""
    if settings.sources:
        return redis_faults(settings)
    missing = "no source is configured: add a table [sources.<name>] with provider and secrets"
    return [*redis_faults(settings), missing]


def _own(environ: Mapping[str, str], faults: Faults) -> dict[str, str]:
    """Return our own variables, without what an editor or a shell added to their values."""
    found = {}
    for name, value in own_variables(environ).items():
        try:
            found[name] = cleaned(value)
        except ValueError as error:
            faults.append(f"{name} {error}")
    return found


def _known_variables(name: str, used: set[str]) -> list[str]:
    """Return what a misspelt variable may have been meant to be."""
    stem = f"{PREFIX}SOURCES_"
    parts = name.removeprefix(stem).split("_")
    sources = ["_".join(parts[:end]) for end in range(1, len(parts))] if name.startswith(stem) else []
    return [
        *(variable for variable in used if variable.startswith(PREFIX)),
        *(f"{stem}{source}_{key.upper()}" for source in sources for key in SOURCE_KEYS),
    ]


def _read_file(environ: Mapping[str, str], faults: Faults) -> dict[str, Any]:
    named = environ.get("HOOKLINE_CONFIG")
    path = Path(named or "hookline.toml")
    if not named and not path.exists():
        return {}
    try:
        content = path.read_bytes()
    except (OSError, ValueError) as error:
        faults.append(f"{path} cannot be read ({type(error).__name__}): correct HOOKLINE_CONFIG or the file")
        return {}
    try:
        text = decoded(content)
    except ValueError as error:
        faults.append(f"{path} {error}")
        return {}
    try:
        return tomllib.loads(text)
    # Not only TOMLDecodeError: a number of 5,000 digits is a plain one.
    except ValueError as error:
        faults.append(f"{path} is not valid TOML: {error}")
    return {}


def _read_section(
    name: str,
    section: type,
    table: Any,
    own: Mapping[str, str],
    environ: Mapping[str, str],
    used: set[str],
    faults: Faults,
) -> Any:
    if not isinstance(table, dict):
        faults.append(f"[{name}] must be a table")
        table = {}
    fields = {field.name: field for field in dataclasses.fields(section)}
    for unknown in sorted(set(table) - set(fields)):
        faults.append(
            f"{name}.{unknown} is unknown; {did_you_mean(unknown, fields)}known: {', '.join(fields)}"
        )
    found: dict[str, Any] = {}
    for key, field in fields.items():
        variable = f"{PREFIX}{name}_{key}".upper()
        used.add(variable)
        raw = own.get(variable, table.get(key))
        if raw is None:
            continue
        used |= variables_in(raw)
        where = variable if variable in own else f"{name}.{key}"
        try:
            found[key] = field.metadata["read"](resolve(raw, environ) if isinstance(raw, str) else raw)
        except ValueError as error:
            faults.append(f"{where} {error}")
    return section(**found)


def _read_sources(
    table: Any,
    sections: Mapping[str, Any],
    vault: Mapping[str, str] | None,
    own: Mapping[str, str],
    environ: Mapping[str, str],
    used: set[str],
    faults: Faults,
) -> dict[str, Source]:
    if not isinstance(table, dict) or not all(isinstance(source, dict) for source in table.values()):
        faults.append("sources must be tables: [sources.<name>]")
        return {}
    tables = {name: dict(source) for name, source in table.items()}
    spelled: dict[str, str] = {}
    for name in tables:
        other = spelled.setdefault(_spelled(name), name)
        if other != name:
            faults.append(f"sources.{other} and sources.{name} are one name in the environment: rename one")
    _add_environment(tables, own, used)
    used |= _empty_ones(tables, own, environ)
    found = {}
    retry: Retry = sections["retry"]
    retention: Retention = sections["retention"]
    for name, source in tables.items():
        read = read_source(
            name,
            source,
            retry=retry,
            key_retention=retention.key,
            max_body=sections["web"].max_body,
            vault=vault,
            faults=faults,
        )
        if read is not None:
            found[name] = read
    return found


def _add_environment(tables: dict[str, dict[str, Any]], environ: Mapping[str, str], used: set[str]) -> None:
    """Lay `HOOKLINE_SOURCES_<NAME>_<KEY>` over the tables; a source may live there alone."""
    stem = f"{PREFIX}SOURCES_"
    spelled = {_spelled(name): name for name in tables}
    variables = sorted(name for name in environ if name.startswith(stem))
    for variable in variables:
        if (found := _known_key(variable[len(stem) :])) is not None:
            upper, key = found
            spelled.setdefault(upper, upper.lower())
            tables.setdefault(spelled[upper], {})[key] = _table_or_text(key, environ[variable])
            used |= {variable, *variables_in(environ[variable])}
    # What a provider asks for beside the keys of every source is known by the source's name.
    for variable in set(variables) - used:
        rest = variable[len(stem) :]
        for upper in sorted(spelled, key=len, reverse=True):
            if rest.startswith(f"{upper}_"):
                tables[spelled[upper]][rest[len(upper) + 1 :].lower()] = environ[variable]
                used |= {variable, *variables_in(environ[variable])}
                break


def _empty_ones(tables: Mapping[str, Any], own: Mapping[str, str], environ: Mapping[str, str]) -> set[str]:
    """Return the variables of sources that say nothing because they are empty, and are spelled right."""
    stem = f"{PREFIX}SOURCES_"
    known = tuple(f"{stem}{_spelled(name)}_" for name in tables)
    return {
        name
        for name in environ
        if name.startswith(stem)
        and name not in own
        and (_known_key(name[len(stem) :]) is not None or name.startswith(known))
    }


def _known_key(rest: str) -> tuple[str, str] | None:
    """Return a source's name, in upper case, and its key."""
    for key in SOURCE_KEYS:
        if rest.endswith(f"_{key.upper()}"):
            return rest[: -len(key) - 1], key
    return None


def _spelled(name: str) -> str:
    return name.upper().replace("-", "_")


def _table_or_text(key: str, text: str) -> Any:
    """Read a table as the file has it, in one line; what is none is told by whoever reads the source."""
    if key not in TABLE_KEYS:
        return text
    try:
        document = tomllib.loads(f"table = {text}")
    except ValueError:
        return text
    return document["table"] if len(document) == 1 else text
