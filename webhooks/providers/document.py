"""The page about every provider, written from the catalogue: `python -m webhooks.providers.document`."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from webhooks.providers.catalog import PROVIDERS
from webhooks.providers.handshakes import HANDSHAKES
from webhooks.providers.preset import DAY, HOUR, MINUTE, Provider
from webhooks.signatures.envelope import Envelope

_HEAD = """\
# Providers

This page is written from the catalogue by `python -m webhooks.providers.document`; the tests see to
it that it is current. A provider that is not here can be described in `hookline.toml`, with
`provider = "hmac"`: see `hookline.example.toml`.

Deadlines and retries are as far as they are known: not every provider publishes them, and they
change. Look at your provider's own page before you rely on one.

Several secrets may be given while one is being rotated out. A source whose provider signs the URL
needs its `public_url`.

"""
IDENTITIES = {
    "signed": "by an id that is signed",
    "unsigned": "by an id that is not signed; an equal body under another id is the same event",
    "body": "by the hash of the body",
    "none": "not by what is in them: equal bodies are different events",
}


def page(providers: Iterable[Provider]) -> str:
    """Return the whole page, Markdown."""
    return _HEAD + "\n".join(section(provider) for provider in providers)


def section(provider: Provider) -> str:
    """Return what there is to know about one provider."""
    lines = [f"## {provider.title}", "", "```toml", *settings_lines(provider), "```", ""]
    lines += [f"- Secret: {provider.key_name}."] if provider.scheme.needs_secret else []
    lines += [f"- {signed(provider)}"] if signed(provider) else []
    lines += [f"- Not proven: {provider.weakness}"] if provider.weakness else []
    lines.append(f"- Events are named {IDENTITIES[provider.identity]}.")
    if provider.batch is not None:
        lines.append("- One delivery may hold several events; each is admitted by itself, all in one step.")
    if provider.name in HANDSHAKES:
        lines.append("- Its handshake is answered without an event.")
    lines.append(f"- Wants an answer within: {duration(provider.ack_deadline) or 'not published'}.")
    lines.append(f"- Tries again by itself: {retries(provider)}.")
    return "\n".join([*lines, ""])


def settings_lines(provider: Provider) -> list[str]:
    """Return the TOML of a source of this provider, a line each."""
    lines = [f"[sources.{provider.name}]", f'provider = "{provider.name}"']
    if provider.scheme.needs_secret:
        example = provider.key_example or f'"${{{provider.name.upper()}_SECRET}}"'
        lines.append(f"secrets = [{example}]")
    for setting in provider.settings:
        value = "false" if setting.flag else '"..."'
        lines.append(f"{setting.name} = {value}  # {setting.about}")
    if provider.signs_url:
        lines.append(f'public_url = "https://hooks.example.com/webhooks/{provider.name}"')
    return lines


def signed(provider: Provider) -> str:
    """Return what is signed, as a template; empty where no template can say it."""
    scheme = provider.scheme
    if not isinstance(scheme, Envelope) or not isinstance(scheme.signed, str):
        return ""
    limit = scheme.timestamp
    age = f", at most {duration(limit.tolerance)} old" if limit is not None else ""
    return f"Signed: `{scheme.signed}`{age}."


def retries(provider: Provider) -> str:
    """Return for how long the provider tries again by itself."""
    if not provider.retries:
        return "never"
    window = duration(provider.retry_window)
    return f"for {window}" if provider.retry_published else f"not published; {window} are assumed"


def duration(seconds: float | None) -> str:
    """Return a duration, given in seconds, in the largest unit that divides it; empty for None."""
    if seconds is None:
        return ""
    for unit, name in ((DAY, "day"), (HOUR, "hour"), (MINUTE, "minute"), (1.0, "second")):
        if seconds % unit == 0 and seconds >= unit:
            count = int(seconds // unit)
            return f"{count} {name}" + ("s" if count > 1 else "")
    return f"{seconds:g} seconds"


if __name__ == "__main__":
    sys.stdout.write(page(PROVIDERS.values()))
