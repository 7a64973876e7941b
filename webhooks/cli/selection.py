"""Naming events on the command line: by id, or by what they have in common."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import click

from webhooks.cli.output import plain
from webhooks.config import Settings
from webhooks.config.spelling import did_you_mean
from webhooks.lifecycle import State
from webhooks.store.connection import Connection
from webhooks.store.listing import Filter, list_ids, list_sources, list_types

_MANY = 20
"""Names that are listed at most where one is not known."""

_LATEST = 1000
"""Events of a source in which its types are looked for."""

_AGO = re.compile(r"([0-9]+)([smhd])")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


class Moment(click.ParamType[float]):
    """A time: `90s`, `15m`, `12h` or `3d` ago, or RFC 3339 such as `2026-11-20T03:00:00Z`."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return seconds since the epoch (UTC)."""
        if isinstance(value, float):
            return value
        if match := _AGO.fullmatch(value):
            return time.time() - int(match[1]) * _UNITS[match[2]]
        try:
            found = datetime.fromisoformat(value)
        except ValueError:
            self.fail(
                f"{value!r} is no time: write 15m, 12h or 3d (ago), or 2026-11-20T03:00:00Z", param, ctx
            )
        return (found if found.tzinfo is not None else found.replace(tzinfo=UTC)).timestamp()


def filter_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--source`, `--type`, `--since` and `--until` to a command."""
    for option in (
        click.option("--until", type=Moment(), help="Received before: 15m, 12h or 3d ago, or RFC 3339."),
        click.option("--since", type=Moment(), help="Received at or after, written alike."),
        click.option("--type", "type_", help="The provider's type; needs --source."),
        click.option("--source", help="The source that received it."),
    ):
        function = option(function)
    return function


def refuse_unknown(connection: Connection, settings: Settings, wanted: Filter) -> None:
    """Refuse a source that is neither configured nor in the store, and a type that its events have not.

    A source without events has no types yet, so that any may be asked for.

    Raises:
        click.UsageError: with what is known.
    """
    if wanted.source is None:
        return
    refuse_unknown_source(connection, settings, wanted.source)
    if wanted.type is None or next(list_ids(connection, replace(wanted, state=None)), None) is not None:
        return
    known = list_types(connection, wanted.source, among=_LATEST)
    if known and wanted.type not in known:
        where = f"no event of type {wanted.type!r} is among the latest {_LATEST:,} of {wanted.source}"
        raise click.UsageError(_unknown(where, wanted.type, known))


def refuse_unknown_source(connection: Connection, settings: Settings, name: str) -> None:
    """Refuse a source that is neither configured nor in the store.

    Raises:
        click.UsageError: with those that are.
    """
    known = sorted({*settings.sources, *list_sources(connection)})
    if name not in known:
        raise click.UsageError(_unknown(f"no source is called {name!r}", name, known))


def _unknown(what: str, name: str, known: Sequence[str]) -> str:
    more = f" and {len(known) - _MANY} more" if len(known) > _MANY else ""
    listed = ", ".join(known[:_MANY]) or "none"
    return plain(f"{what}: {did_you_mean(name, known)}known: {listed}{more}")


def make_filter(
    *, state: str | None, source: str | None, type_: str | None, since: float | None, until: float | None
) -> Filter:
    """Return the filter for what a user asked.

    Raises:
        click.UsageError: a type without a source.
    """
    if type_ is not None and source is None:
        msg = "--type needs --source: types are a provider's own"
        raise click.UsageError(msg)
    return Filter(
        state=State(state) if state is not None else None,
        source=source,
        type=type_,
        since=since,
        until=until,
    )
