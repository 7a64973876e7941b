"""`hookline providers`: who signs how, and which secrets are in use."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import Any

import click
from rich.text import Text

from webhooks.cli.output import Cell, console, plain, print_json, table
from webhooks.cli.rotation import show_secrets
from webhooks.cli.running import data_option
from webhooks.providers.catalog import PROVIDERS
from webhooks.providers.document import IDENTITIES, duration, retries, settings_lines, signed
from webhooks.providers.handshakes import HANDSHAKES
from webhooks.providers.manner import manner
from webhooks.providers.preset import Provider

COLUMNS = ("name", "title", "signs by", "answer within", "retries", "signs URL", "weak")


@click.command()
@click.argument("name", required=False)
@click.option(
    "--secrets", is_flag=True, help="The configured secrets by fingerprint, and which can be deleted."
)
@click.option("--json", "as_json", is_flag=True, help="An array for programs; an object for one provider.")
@data_option
def command(*, name: str | None, secrets: bool, as_json: bool, data: Path) -> None:
    """List the providers, show one of them, or show how the configured secrets are used."""
    if secrets:
        if name is not None:
            msg = "--secrets shows all sources: leave the name out"
            raise click.UsageError(msg)
        show_secrets(data, as_json=as_json)
    elif name is not None:
        _show(_provider(name), as_json=as_json)
    elif as_json:
        print_json([_content(provider) for provider in PROVIDERS.values()])
    else:
        console().print(table(COLUMNS, [_row(provider) for provider in PROVIDERS.values()]))
        click.echo("weak: `hookline providers NAME` says what is not proven", err=True)


def retry_words(provider: Provider) -> str:
    """Return for how long a provider tries again, in a few words."""
    if not provider.retries:
        return "never redelivers by itself"
    return duration(provider.retry_window) if provider.retry_published else "not published"


def _provider(name: str) -> Provider:
    if name in PROVIDERS:
        return PROVIDERS[name]
    if name == "hmac":
        msg = "hmac is whatever a source of hookline.toml says: see hookline.example.toml"
        raise click.UsageError(msg)
    near = get_close_matches(name, PROVIDERS, n=3)
    hint = f"did you mean {' or '.join(near)}?" if near else "`hookline providers` lists all"
    msg = f"no provider is called {name!r}: {hint}"
    raise click.UsageError(msg)


def _row(provider: Provider) -> tuple[Cell, ...]:
    return (
        provider.name,
        plain(provider.title),
        manner(provider),
        duration(provider.ack_deadline) or "not published",
        retry_words(provider),
        "yes" if provider.signs_url else "-",
        Text("weak", style="yellow") if provider.weakness else "-",
    )


def _show(provider: Provider, *, as_json: bool) -> None:
    if as_json:
        print_json(_content(provider))
        return
    facts = [
        ("name", provider.name),
        ("title", plain(provider.title)),
        ("signs by", manner(provider)),
        ("signed", plain(signed(provider).removeprefix("Signed: "))),
        ("signs URL", "yes: the source needs its public_url" if provider.signs_url else "no"),
        ("not proven", plain(provider.weakness)),
        (
            "secret",
            plain(provider.key_name) if provider.scheme.needs_secret else "none: its keys are fetched",
        ),
        ("events named", IDENTITIES[provider.identity]),
        ("batches", "one delivery may hold several events" if provider.batch is not None else ""),
        ("handshake", "answered without an event" if provider.name in HANDSHAKES else ""),
        ("answer within", duration(provider.ack_deadline) or "not published"),
        ("tries again", plain(retries(provider))),
        ("sent again by hand", f"for {duration(provider.resend_window)}" if provider.resend_window else ""),
    ]
    facts += [(f"setting {one.name}", plain(one.about)) for one in provider.settings]
    out = console()
    out.print(table(("", ""), [fact for fact in facts if fact[1]]))
    out.print("")
    for line in settings_lines(provider):
        out.print(plain(line))


def _content(provider: Provider) -> dict[str, Any]:
    return {
        "name": provider.name,
        "title": provider.title,
        "signs_by": manner(provider),
        "signs_url": provider.signs_url,
        "weakness": provider.weakness or None,
        "needs_secret": provider.scheme.needs_secret,
        "secret": provider.key_name if provider.scheme.needs_secret else None,
        "identity": provider.identity,
        "batch": provider.batch is not None,
        "handshake": provider.name in HANDSHAKES,
        "ack_deadline_seconds": provider.ack_deadline,
        "retries": provider.retries,
        "retry_window_seconds": provider.retry_window if provider.retry_published else None,
        "settings": [
            {"name": one.name, "about": one.about, "required": one.required} for one in provider.settings
        ],
        "toml": "\n".join(settings_lines(provider)),
    }
