"""`hookline spool`: what waits on this machine's disk, and bringing it to the store by hand."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from webhooks.cli.output import console, moment, plain, print_json, rfc3339, table
from webhooks.cli.running import connect, data_option, open_settings
from webhooks.config import Settings
from webhooks.errors import HooklineError
from webhooks.spool import room
from webhooks.spool.broken import SpoolUnusable
from webhooks.spool.drain import Drained, drain
from webhooks.spool.file import look


class NoSpool(HooklineError):
    """This machine has no spool."""


@click.group()
def command() -> None:
    """See and drain the deliveries that came while the store was away."""


@command.command()
@click.option("--json", "as_json", is_flag=True, help="An array for programs.")
@data_option
def status(*, as_json: bool, data: Path) -> None:
    """Show what waits on this machine."""
    settings = open_settings(data, secrets=False)
    directory = _directory(settings)
    held = look(directory)
    short = room.shortage(directory) if directory.is_dir() else None
    if as_json:
        content = {
            "directory": str(directory),
            "records": held.records,
            "bytes": held.bytes,
            "max_bytes": settings.spool.max_bytes,
            "oldest": rfc3339(held.oldest),
            "full": short,
        }
        print_json([content])
        return
    row = (
        plain(str(directory)),
        str(held.records),
        f"{held.bytes:,} of {settings.spool.max_bytes:,}",
        moment(held.oldest),
    )
    console().print(table(("directory", "deliveries", "bytes", "oldest (UTC)"), [row]))
    if held.records:
        click.echo("they go to the store by themselves when it is back; `hookline spool drain` does it now")
    if short:
        click.echo(f"nothing is added for now: {short}")


@command.command(name="drain")
@click.option("--json", "as_json", is_flag=True, help="An array for programs.")
@data_option
def drain_now(*, as_json: bool, data: Path) -> None:
    """Bring what waits to the store; exit with 1 when something is left."""
    settings = open_settings(data, secrets=False)
    directory = _directory(settings)
    drained = _drain(directory, settings, data, quiet=as_json)
    if as_json:
        content = {
            "admitted": drained.admitted,
            "refused": list(drained.refused),
            "unremoved": drained.unremoved,
            "reason": drained.reason,
        }
        print_json([content])
    else:
        click.echo(f"admitted {drained.admitted}")
        for text in drained.refused:
            click.echo(f"refused by the store, kept: {plain(text)}", err=True)
        if drained.unremoved:
            click.echo(
                f"the store has {drained.unremoved} that cannot be removed: {plain(drained.reason)}", err=True
            )
    if drained.refused or drained.unremoved:
        sys.exit(1)


def _drain(directory: Path, settings: Settings, data: Path, *, quiet: bool) -> Drained:
    connection = connect(settings, data)
    errors = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    bar = Progress(*columns, console=errors, disable=quiet or not errors.is_terminal, transient=True)
    with bar:
        task = bar.add_task("draining", total=_waiting(directory))
        return drain(directory, connection, tell=lambda count: bar.advance(task, count))


def _waiting(directory: Path) -> int | None:
    try:
        return look(directory).records
    except SpoolUnusable:
        # A drain may give the reserve up to read it.
        return None


def _directory(settings: Settings) -> Path:
    if not settings.spool.directory:
        msg = (
            "there is no spool: set spool.directory (HOOKLINE_SPOOL_DIRECTORY) to the directory that the "
            "receiver on this machine has"
        )
        raise NoSpool(msg)
    return Path(settings.spool.directory)
