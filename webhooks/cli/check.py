"""`hookline check`: is everything as it must be, and if not, what to do."""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from webhooks.cli.output import console, plain, print_json, table
from webhooks.cli.running import connect, data_option, open_settings
from webhooks.config import Settings
from webhooks.errors import Misconfigured, Unavailable
from webhooks.lifecycle import State
from webhooks.providers.document import duration
from webhooks.providers.preset import Provider
from webhooks.spool.file import look
from webhooks.store.health import examine
from webhooks.store.listing import Counts, count

LATE = 60.0
"""Seconds that something may be overdue before it is worth a word."""

SILENT = 30.0
"""Seconds without a sweep after which a worker counts as gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at: what, how it is, whether that is right, and the cure."""

    name: str
    value: str
    ok: bool
    cure: str = ""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="An array for programs.")
@data_option
def command(*, as_json: bool, data: Path) -> None:
    """Check the configuration, the store and the workers; exit with 1 when something is wrong."""
    checks = _examine(data)
    if as_json:
        print_json([asdict(check) for check in checks])
    else:
        rows = [
            (_mark(check), plain(check.name), plain(check.value), plain(check.cure) or "-")
            for check in checks
        ]
        console().print(table(("", "what", "is", "do"), rows))
    if not all(check.ok for check in checks):
        sys.exit(1)


def _examine(data: Path) -> list[Check]:
    try:
        settings = open_settings(data, secrets=True)
    except Misconfigured as error:
        return [Check(name="configuration", value="faulty", ok=False, cure=fault) for fault in error.faults]
    checks = [*_sources(settings), _spool(settings)]
    connection = connect(settings, data)
    try:
        findings = examine(connection)
        counts = count(connection)
    except Unavailable as error:
        cure = "start it, or correct HOOKLINE_REDIS_URL; events are answered with 503 meanwhile"
        return [*checks, Check(name="redis", value=str(error), ok=False, cure=cure)]
    stored = [Check(name=f"redis {f.name}", value=f.value, ok=f.ok, cure=f.cure) for f in findings]
    return [*checks, *stored, *_work(counts)]


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


def _spool(settings: Settings) -> Check:
    if not settings.spool.directory:
        value = "none: deliveries get 503 while the store is away"
        return Check(name="spool", value=value, ok=True)
    directory = Path(settings.spool.directory)
    try:
        held = look(directory)
    except Unavailable as error:
        cure = "look at its disk, and at who may read it; `hookline spool status` tries again"
        return Check(name="spool", value=str(error), ok=False, cure=cure)
    waiting = f"{held.records} wait in {directory}" if held.records else f"empty, in {directory}"
    cure = "they go to the store by themselves; `hookline spool drain` does it now" if held.records else ""
    return Check(name="spool", value=waiting, ok=True, cure=cure)


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


def _work(counts: Counts) -> list[Check]:
    alive = [name for name, silence in counts.workers.items() if silence <= SILENT]
    late = counts.oldest_due > LATE
    dead = counts.states[State.DEAD]
    return [
        Check(
            name="workers",
            value=", ".join(alive) or "none",
            ok=bool(alive),
            cure="" if alive else "no worker has looked for work in 30 s: start one with `python -m workers`",
        ),
        Check(
            name="oldest due",
            value=f"{counts.oldest_due:.0f} s late",
            ok=not late,
            cure=""
            if not late
            else "the workers do not keep up: add some, or look for a slow handler in Flower",
        ),
        Check(
            name="dead events",
            value=str(dead),
            ok=True,
            cure=""
            if not dead
            else "see `hookline events list --state dead`; `hookline replay --dead` runs them again",
        ),
    ]


def _mark(check: Check) -> str:
    return "[green]ok[/green]" if check.ok else "[red]no[/red]"
