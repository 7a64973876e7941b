"""`hookline rejections` and `hookline rejections show`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from webhooks.cli.output import console, moment, plain, print_json, rfc3339, table
from webhooks.cli.running import connect, data_option, open_settings
from webhooks.cli.selection import refuse_unknown_source
from webhooks.store.rejections import MOST, Rejection, find_rejection, list_rejections

NOBODY = "-"
"""What stands for the source where there is none of the name that was asked for."""


@click.group(invoke_without_command=True)
@click.option("--source", help="The source that refused them; - for names that no source has.")
@click.option("--limit", type=click.IntRange(1, MOST), default=50, show_default=True, help="At most so many.")
@click.option("--json", "as_json", is_flag=True, help="An array for programs.")
@data_option
@click.pass_context
def command(ctx: click.Context, *, source: str | None, limit: int, as_json: bool, data: Path) -> None:
    """Say why deliveries of the last day were refused, the latest first."""
    if ctx.invoked_subcommand is not None:
        return
    wanted = "" if source == NOBODY else source
    settings = open_settings(data, secrets=False)
    connection = connect(settings, data)
    found = list_rejections(connection, source=wanted, limit=limit)
    if wanted and not found:
        refuse_unknown_source(connection, settings, wanted)
    if as_json:
        print_json([_json(one) for one in found])
        return
    if not found:
        click.echo("no such rejection")
        return
    columns = ("number", "refused (UTC)", "source", "code", "why")
    console().print(table(columns, [_row(one) for one in found]))
    if len(found) == limit:
        click.echo(f"the latest {limit}; --limit shows more", err=True)


@command.command("show")
@click.argument("number", type=click.IntRange(min=1), metavar="N")
@click.option("--body", "show_body", is_flag=True, help="Write the body, byte for byte, and nothing else.")
@click.option("--json", "as_json", is_flag=True, help="An object for programs.")
@data_option
@click.pass_context
def show_rejection(ctx: click.Context, *, number: int, show_body: bool, as_json: bool, data: Path) -> None:
    """Tell in one sentence why a delivery was refused and what cures it."""
    before = {} if ctx.parent is None else ctx.parent.params
    as_json = as_json or before.get("as_json", False)
    if ctx.get_parameter_source("data") is not ParameterSource.COMMANDLINE:
        data = before.get("data", data)
    settings = open_settings(data, secrets=False)
    found = find_rejection(connect(settings, data), number)
    if found is None:
        _fail(f"no rejection {number}; `hookline rejections` shows those of the last day")
    elif show_body:
        _write_body(found)
    elif as_json:
        print_json(_json(found))
    else:
        _show(found)


def _row(one: Rejection) -> tuple[str, ...]:
    return (
        str(one.number),
        moment(one.at),
        plain(one.source or one.path or NOBODY),
        one.code,
        plain(one.sentence),
    )


def _show(one: Rejection) -> None:
    facts = [
        ("number", str(one.number)),
        ("refused", moment(one.at)),
        ("source", plain(one.source or NOBODY)),
        ("code", one.code if one.cause == one.code else f"{one.code}, {one.cause}"),
        ("request", plain(f"{one.method} {one.path}".strip()) or NOBODY),
        ("headers", plain(", ".join(one.headers)) or NOBODY),
        ("body", _body(one)),
    ]
    if one.not_kept > 0:
        facts.append(("not kept", f"{one.not_kept} refusals of this source came too fast before this one"))
    out = console()
    out.print(plain(f"{one.sentence}: {one.cure}."))
    out.print("")
    out.print(table(("", ""), facts))


def _body(one: Rejection) -> str:
    if one.body_bytes is None:
        return "not read"
    return f"{one.body_bytes} bytes ({'--body writes it' if one.has_body else 'not kept'})"


def _write_body(one: Rejection) -> None:
    if one.body is None:
        _fail(
            f"the body of rejection {one.number} was not kept: web.keep_rejected_bodies = true "
            "keeps those that come from then on, up to 64 KiB each"
        )
    else:
        sys.stdout.buffer.write(one.body)


def _fail(message: str) -> None:
    click.echo(f"hookline: {message}", err=True)
    sys.exit(1)


def _json(one: Rejection) -> dict[str, Any]:
    """Return a rejection as `--json` shows it; `code` is the answer's, `cause` the diagnosis's."""
    return {
        "number": one.number,
        "at": rfc3339(one.at),
        "source": one.source or None,
        "code": one.code,
        "cause": one.cause,
        "sentence": one.sentence,
        "cure": one.cure,
        "method": one.method or None,
        "path": one.path or None,
        "headers": list(one.headers),
        "body_bytes": one.body_bytes,
        "body_kept": one.has_body,
        "not_kept": one.not_kept,
    }
