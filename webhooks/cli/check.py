"""`hookline check`: is everything as it must be, and if not, what to do."""

from __future__ import annotations

import sys
import time
from dataclasses import asdict
from pathlib import Path

import click
from rich.text import Text

from webhooks.cli.output import console, plain, print_json, table
from webhooks.cli.running import connect, data_option, open_settings
from webhooks.cli.standing import examine_work
from webhooks.config import Settings
from webhooks.errors import Misconfigured, Unavailable
from webhooks.findings import Check, away, examine_settings, warning
from webhooks.providers.document import duration
from webhooks.providers.preset import Provider
from webhooks.spool import room
from webhooks.spool.file import Holding, look
from webhooks.store.access import examine_access
from webhooks.store.health import examine

_LATE = 60.0
"""Seconds after which a spooled delivery is late: a receiver drains within seconds of the store's return."""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="An array for programs.")
@click.option("--strict", is_flag=True, help="Exit with 1 for a warning too.")
@data_option
def command(*, as_json: bool, strict: bool, data: Path) -> None:
    """Check the configuration, the store and the workers.

    Exits with 1 when something does not work; a warning is worth a word and exits with 0.
    """
    checks = _examine(data)
    if as_json:
        print_json([asdict(check) for check in checks])
    else:
        console().print(table(("", "what", "is, and what to do"), [_row(check) for check in checks]))
    if not all(check.ok and not (strict and check.warning) for check in checks):
        sys.exit(1)


def _examine(data: Path) -> list[Check]:
    try:
        settings = open_settings(data, secrets=True)
    except Misconfigured as error:
        return [Check(name="configuration", value="faulty", ok=False, cure=fault) for fault in error.faults]
    checks = [*_sources(settings), *_spool(settings), *examine_settings(settings, now=time.time())]
    connection = connect(settings, data)
    try:
        findings = (*examine(connection), examine_access(connection))
        work = examine_work(connection, settings)
    except Unavailable as error:
        return [*checks, away(error)]
    stored = [
        Check(name=f"redis {f.name}", value=f.value, ok=f.ok, cure=f.cure, warning=f.ok and bool(f.cure))
        for f in findings
    ]
    return [*checks, *stored, *work]


def _sources(settings: Settings) -> list[Check]:
    if not settings.sources:
        cure = "add a table [sources.<name>] with provider and secrets to hookline.toml"
        return [Check(name="sources", value="none", ok=False, cure=cure)]
    return [
        Check(
            name=f"source {source.name}",
            value=_describe(source.provider, len(source.secrets)),
            ok=True,
        )
        for source in settings.sources.values()
    ]


def _spool(settings: Settings) -> list[Check]:
    if not settings.spool.directory:
        value = "none: deliveries get 503 while the store is away"
        return [Check(name="spool", value=value, ok=True)]
    directory = Path(settings.spool.directory)
    try:
        held = look(directory)
    except Unavailable as error:
        cure = "look at its disk, and at who may read it; `hookline spool status` tries again"
        return [Check(name="spool", value=str(error), ok=False, cure=cure)]
    short = room.shortage(directory) if directory.is_dir() else None
    if short is None:
        return [_waiting(directory, held)]
    cure = "make room: until then deliveries get 503 while the store is away"
    return [_waiting(directory, held), warning("room for the spool", short, cure)]


def _waiting(directory: Path, held: Holding) -> Check:
    if held.oldest is None:
        return Check(name="spool", value=f"empty, in {directory}", ok=True)
    value, age = f"{held.records} wait in {directory}", time.time() - held.oldest
    if age > _LATE:
        cure = (
            "where the store answers, a receiver on this machine moves them within seconds; "
            "`hookline spool drain` does it now, and says what stays and why"
        )
        return warning("spool", f"{value}, the oldest for {duration(round(age / 60.0) * 60.0)}", cure)
    cure = "they go to the store by themselves; `hookline spool drain` does it now"
    return Check(name="spool", value=value, ok=True, cure=cure)


def _describe(provider: Provider, secrets: int) -> str:
    number = "1 secret" if secrets == 1 else f"{secrets} secrets"
    parts = [provider.title, number, _tries(provider)]
    if provider.ack_deadline is not None:
        parts.append(f"wants an answer within {duration(provider.ack_deadline)}")
    weakness = f"; not proven: {provider.weakness}" if provider.weakness else ""
    return ", ".join(parts) + weakness


def _tries(provider: Provider) -> str:
    if not provider.retries:
        return "never redelivers by itself"
    window = duration(provider.retry_window)
    if not provider.retry_published:
        return f"does not publish for how long it tries again ({window} are assumed)"
    return f"tries again for {window}"


def _row(check: Check) -> tuple[Text, str, str]:
    """Return a line of the table; the cure stands under what it cures, which 80 columns have room for."""
    value = plain(check.value)
    if not check.ok:
        mark = Text("no", style="red")
    else:
        mark = Text("warn", style="yellow") if check.warning else Text("ok", style="green")
    return mark, plain(check.name), f"{value}\n{plain(check.cure)}" if check.cure else value
