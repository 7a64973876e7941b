"""`hookline send`: post a signed sample, as the provider would."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from uuid import uuid4

import click
import requests

from webhooks.cli.output import plain, print_json
from webhooks.cli.running import data_option, find, open_settings
from webhooks.config import Settings, Source
from webhooks.errors import HooklineError
from webhooks.event import Delivery
from webhooks.providers.samples import sample
from webhooks.signatures import sign

TIMEOUT = 10.0
OK = range(200, 300)


class NotSent(HooklineError):
    """The sample could not be posted."""


@click.command()
@click.argument("source")
@click.argument("type_", metavar="[TYPE]", required=False)
@click.option("--url", help="The receiver's URL without a path; found by itself when one runs here.")
@click.option("--json", "as_json", is_flag=True, help="An object for programs.")
@data_option
def command(*, source: str, type_: str | None, url: str | None, as_json: bool, data: Path) -> None:
    """Post a sample of a source, signed with its first secret."""
    settings = open_settings(data, secrets=True)
    found = _source(settings, source)
    target = f"{_base(settings, data, url)}/webhooks/{found.name}"
    signed = _sample(found, type_ or found.provider.sample_type, target)
    started = time.perf_counter()
    try:
        response = requests.post(
            signed.url,
            data=signed.body,
            headers=dict(signed.headers),
            timeout=TIMEOUT,
            allow_redirects=False,
        )
    except requests.RequestException as error:
        msg = f"nothing answers at {target} ({type(error).__name__}): start the receiver with `hookline up`"
        raise NotSent(msg) from error
    milliseconds = round((time.perf_counter() - started) * 1000, 1)
    if as_json:
        print_json(
            {"status": response.status_code, "answer": _content(response), "milliseconds": milliseconds}
        )
    else:
        click.echo(f"{response.status_code} in {milliseconds:g} ms  {plain(response.text.strip())}")
        if response.status_code in OK:
            click.echo(f"see it: hookline events show {_content(response).get('id', '')}", err=True)
    if response.status_code not in OK:
        sys.exit(1)


def _source(settings: Settings, name: str) -> Source:
    if name not in settings.sources:
        known = ", ".join(settings.sources) or "none"
        msg = f"no source is called {name!r}; configured: {known}"
        raise click.UsageError(msg)
    return settings.sources[name]


def _base(settings: Settings, data: Path, url: str | None) -> str:
    if url is not None:
        return url.rstrip("/")
    running = find(data)
    if running is not None:
        return running.web
    return f"http://{settings.web.host}:{settings.web.port}"


def _sample(source: Source, type_: str, url: str) -> Delivery:
    now = time.time()
    draft = sample(source.provider, url=url, event_id=f"sample_{uuid4().hex[:16]}", now=now, event_type=type_)
    return sign(source.provider, draft, source.secrets[0].value, now=now)


def _content(response: requests.Response) -> dict[str, object]:
    try:
        content = response.json()
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}
