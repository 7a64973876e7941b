"""`hookline send`: post what a source's provider would, or what it never would."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click

from webhooks.cli.output import plain, print_json
from webhooks.cli.posting import Reply, post
from webhooks.cli.running import data_option, find, open_settings
from webhooks.cli.selftest import run, selftest
from webhooks.cli.signing import CannotSign, Signer
from webhooks.cli.sources import source_named
from webhooks.cli.trials import BAD, Trial, got, handshake
from webhooks.config import Settings
from webhooks.config.addresses import local_url

OK = range(200, 300)

_WHY_NOT = {
    "stale": "no time is signed, so nothing can be stale",
    "duplicate": "two equal requests are two events",
}


@click.command()
@click.argument("source")
@click.argument("type_", metavar="[TYPE]", required=False)
@click.option(
    "--bad", type=click.Choice(list(BAD)), help="Send what must be refused, and say whether it was."
)
@click.option("--handshake", "how", flag_value="handshake", help="Send the provider's handshake.")
@click.option("--selftest", "how", flag_value="selftest", help="Send all of it, and show a table.")
@click.option(
    "--private-key",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="PEM file with the private half of a configured public key.",
)
@click.option("--url", help="The receiver's URL without a path; found by itself when one runs here.")
@click.option("--json", "as_json", is_flag=True, help="An object for programs; an array for --selftest.")
@data_option
def command(
    *,
    source: str,
    type_: str | None,
    bad: str | None,
    how: str | None,
    private_key: Path | None,
    url: str | None,
    as_json: bool,
    data: Path,
) -> None:
    """Post a sample of a source, signed with its first secret, and show the answer.

    Exits with 1 when the receiver did not do what it must.
    """
    if bad is not None and how is not None:
        msg = f"--bad and --{how} are two different things: name one"
        raise click.UsageError(msg)
    settings = open_settings(data, secrets=True)
    found = source_named(settings, source)
    target = f"{_base(settings, data, url)}/webhooks/{found.name}"
    signer = Signer(
        source=found,
        url=found.public_url or target,
        type=type_ or found.provider.sample_type,
        private_key=private_key.read_text(encoding="latin-1") if private_key is not None else None,
    )
    if how == "selftest":
        right = selftest(signer, target, as_json=as_json)
    elif how is None and bad is None:
        right = _send(signer, target, as_json=as_json)
    else:
        right = _try(_trial(signer, bad), target, as_json=as_json)
    if not right:
        sys.exit(1)


def _base(settings: Settings, data: Path, url: str | None) -> str:
    if url is not None:
        return url.rstrip("/")
    running = find(data)
    if running is not None:
        return running.web
    return local_url(settings.web.host, settings.web.port)


def _send(signer: Signer, target: str, *, as_json: bool) -> bool:
    """Send a good sample; return whether it was taken."""
    reply = post(signer.good(time.time()), target)
    taken = reply.status in OK
    if as_json:
        print_json(_content(reply))
    else:
        _say(reply)
        if taken and (event_id := _first_id(reply)):
            click.echo(f"see it: hookline events show {event_id}", err=True)
    return taken


def _trial(signer: Signer, bad: str | None) -> Trial:
    """Return the bad sample, or without one the handshake.

    Raises:
        CannotSign: it cannot be made for this source.
    """
    now = time.time()
    found = BAD[bad](signer, now) if bad is not None else handshake(signer, now)
    if found is None:
        unknown = f"{signer.provider.title} has no handshake that can be sent from here"
        reason = _WHY_NOT.get(bad, "such a sample cannot be made") if bad is not None else unknown
        raise CannotSign(f"source {signer.source.name}: {signer.cannot() or reason}")
    if found.skipped:
        raise CannotSign(f"source {signer.source.name}: {found.skipped}")
    return found


def _try(trial: Trial, target: str, *, as_json: bool) -> bool:
    """Send a trial; return whether the receiver did what it must."""
    reply = run(trial, target)
    right = trial.right(reply)
    if as_json:
        print_json({**_content(reply), "expected": trial.expected, "ok": right})
    else:
        _say(reply)
        verdict = "as it must be" if right else "WRONG"
        click.echo(f"{trial.what}: expected {trial.expected}, got {got(reply)}: {verdict}", err=True)
    return right


def _say(reply: Reply) -> None:
    click.echo(f"{reply.status} in {reply.milliseconds:g} ms  {plain(reply.text)}")


def _first_id(reply: Reply) -> object:
    several = reply.content.get("ids")
    return several[0] if isinstance(several, list) and several else reply.content.get("id")


def _content(reply: Reply) -> dict[str, object]:
    return {"status": reply.status, "answer": dict(reply.content), "milliseconds": reply.milliseconds}
