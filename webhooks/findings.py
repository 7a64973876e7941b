"""What a configuration says that cannot work, or not as it reads: one small function for each thing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from redis.exceptions import AuthenticationError

from webhooks.config import Retention, Settings, Source
from webhooks.config.addresses import is_loopback
from webhooks.errors import Unavailable
from webhooks.providers.document import duration

IMPORTING = 30.0
"""Seconds that a module of handlers has to be imported."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at.

    Attributes:
        name: what was looked at.
        value: how it is.
        ok: whether it works; what is no more than worth a word works.
        cure: what to do, or an empty text.
        warning: whether it works and is still worth a word.
    """

    name: str
    value: str
    ok: bool
    cure: str = ""
    warning: bool = False


def fault(name: str, value: str, cure: str) -> Check:
    """Return what does not work."""
    return Check(name=name, value=value, ok=False, cure=cure)


def warning(name: str, value: str, cure: str) -> Check:
    """Return what works, and what an operator should still know."""
    return Check(name=name, value=value, ok=True, cure=cure, warning=True)


def examine_settings(settings: Settings, *, now: float) -> list[Check]:
    """Return what is wrong with a configuration at `now`, in seconds (UTC); nothing when all is right."""
    found = [*_flower(settings), *_modules(settings), *_spool(settings), *_lease(settings)]
    for source in settings.sources.values():
        found += [*_secrets(source, now), *_url(source), *_retry(source), *_retention(settings, source)]
    return found


def away(error: Unavailable) -> Check:
    """Return why the store does not answer; a wrong password by its name."""
    if isinstance(error.__cause__, AuthenticationError):
        cure = "correct the user and the password in HOOKLINE_REDIS_URL; the server has refused them"
        return fault("redis", "the password of HOOKLINE_REDIS_URL is wrong or missing", cure)
    cure = "start it, or correct HOOKLINE_REDIS_URL; until then events are answered with 503"
    return fault("redis", str(error), cure)


def _flower(settings: Settings) -> Iterator[Check]:
    host = settings.flower.host
    if not is_loopback(host) and not settings.flower.basic_auth:
        cure = "set HOOKLINE_FLOWER_BASIC_AUTH=user:password, or flower.host to 127.0.0.1"
        yield fault("flower", f"on {host} without a password: it does not start", cure)


def _modules(settings: Settings) -> Iterator[Check]:
    for name in settings.worker.handlers:
        where = f"handlers {name}"
        if name.endswith(".py") or "/" in name:
            module = name.removesuffix(".py").strip("./").replace("/", ".")
            yield fault(where, "names a file, not a module", f"write {module} in worker.handlers")
        elif failure := _import_failure(name):
            cure = "correct it; modules are looked for in this directory and in the installed packages"
            yield fault(where, f"cannot be imported: {failure}", cure)


def _import_failure(name: str) -> str:
    """Return why a worker started here could not import a module; empty when it can.

    Another process imports it: what a module does when it is imported stays out of this one.
    """
    script = "import importlib, sys; sys.path.insert(0, ''); importlib.import_module(sys.argv[1])"
    try:
        done = subprocess.run(  # noqa: S603 - a name of the operator's own configuration
            [sys.executable, "-c", script, name],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=IMPORTING,
        )
    except subprocess.TimeoutExpired:
        return f"it takes longer than {IMPORTING:g} s"
    if done.returncode == 0:
        return ""
    lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else f"it ends Python with status {done.returncode}"


def _spool(settings: Settings) -> Iterator[Check]:
    directory = Path(settings.spool.directory) if settings.spool.directory else None
    if directory is None or directory.is_dir():
        return
    if directory.exists():
        yield fault("spool directory", f"{directory} is no directory", "correct spool.directory")
    else:
        cure = "a receiver makes it when it starts: start one, or correct spool.directory"
        yield warning("spool directory", f"{directory} is not there", cure)


def _lease(settings: Settings) -> Iterator[Check]:
    lease, interval = settings.worker.lease, settings.worker.sweep_interval
    if interval > lease:
        value = f"{interval:g} s, longer than worker.lease ({lease:g} s)"
        cure = "make it shorter than the lease: until a sweep the event of a dead worker waits"
        yield warning("worker.sweep_interval", value, cure)


def _secrets(source: Source, now: float) -> Iterator[Check]:
    past = [
        (position, secret.not_after)
        for position, secret in enumerate(source.secrets, 1)
        if secret.not_after is not None and secret.not_after <= now
    ]
    name = f"secrets of {source.name}"
    listed = ", ".join(f"number {position} expired on {_day(moment)}" for position, moment in past)
    if source.secrets and not any(secret.holds(now) for secret in source.secrets):
        value = "none holds now: " + (listed or "each begins later")
        yield fault(name, value, "every delivery is refused: add a secret that holds, or correct its dates")
    elif past:
        yield warning(name, listed, "remove it from the configuration")


def _url(source: Source) -> Iterator[Check]:
    if source.provider.signs_url and source.public_url is None:
        value = f"not set, and {source.provider.title} signs the URL that it calls"
        cure = "set it to that URL, unless providers reach the receiver without a proxy"
        yield warning(f"public_url of {source.name}", value, cure)


def _retry(source: Source) -> Iterator[Check]:
    policy = source.retry
    if policy.attempts > 1 and policy.first > policy.longest:
        value = f"first is {policy.first:g} s, longer than longest ({policy.longest:g} s)"
        cure = "no wait is longer than longest: make first shorter, or longest longer"
        yield warning(f"retry of {source.name}", value, cure)


def _retention(settings: Settings, source: Source) -> Iterator[Check]:
    asked = settings.retention.key
    # The default is documented as the least: only what somebody has set is contradicted.
    if asked < source.key_retention and asked != Retention().key:
        value = f"{duration(asked)}, but ids of {source.name} are kept for {duration(source.key_retention)}"
        cure = f"{source.provider.title} can send an event again for so long: set it to that at least"
        yield warning("retention.key", value, cure)


def _day(moment: float | None) -> str:
    return datetime.fromtimestamp(moment or 0.0, UTC).strftime("%Y-%m-%d")
