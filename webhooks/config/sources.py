"""One `[sources.<name>]` table, read into a `Source`."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from typing import Any

from webhooks.config import values
from webhooks.config.options import read_options
from webhooks.config.secrets import read_secrets
from webhooks.config.sections import Retry
from webhooks.config.source import Source
from webhooks.config.spelling import did_you_mean
from webhooks.providers.catalog import PROVIDERS
from webhooks.providers.custom import custom_provider
from webhooks.providers.preset import Provider

SOURCE_KEYS = (
    "provider",
    "secrets",
    "signature",
    "event_id",
    "event_type",
    "max_body",
    "public_url",
    "spool",
    "keys",
    "retry",
)
CUSTOM_KEYS = ("signature", "event_id", "event_type")
TABLE_KEYS = ("signature", "retry", "keys", "secrets")
_LIST = "`hookline providers` lists all"
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")

Faults = list[str]


def read_source(
    name: str,
    table: Mapping[str, Any],
    *,
    retry: Retry,
    key_retention: float,
    max_body: int | None,
    vault: Mapping[str, str] | None,
    faults: Faults,
) -> Source | None:
    """Read one source; add what is wrong to `faults` and return None when anything is.

    Its secrets are looked up in `vault`, the environment; with None it has no secrets.
    """
    here = f"sources.{name}"
    before = len(faults)
    if not _NAME.fullmatch(name):
        faults.append(
            f"{here}: a source's name is 1 to 64 of a-z, 0-9, - and _, beginning with a letter or digit"
        )
    provider = _read_provider(here, name, table, faults)
    policy = _read_retry(here, table.get("retry", {}), retry, faults)
    limit, public_url = max_body, None
    if "max_body" in table:
        limit = _read(f"{here}.max_body", values.size, table["max_body"], faults)
    if "public_url" in table:
        public_url = _read(f"{here}.public_url", values.public_url, table["public_url"], faults)
    spool = _read(f"{here}.spool", values.flag, table.get("spool", True), faults)
    secrets = read_secrets(here, table.get("secrets"), provider, vault, faults)
    if provider is None:
        return None
    options = read_options(here, table, provider, vault, known=SOURCE_KEYS, faults=faults)
    if len(faults) > before:
        return None
    return Source(
        name=name,
        provider=provider,
        secrets=secrets,
        max_body=limit or provider.max_body,
        retry=policy,
        key_retention=max(key_retention, provider.retry_window, provider.resend_window),
        spool=spool,
        public_url=public_url,
        options=options,
    )


def _read_provider(here: str, name: str, table: Mapping[str, Any], faults: Faults) -> Provider | None:
    wanted = table.get("provider")
    if wanted is None:
        faults.append(f'{here}.provider is missing: write the name of a preset, or "hmac"; {_LIST}')
        return None
    if wanted == "hmac":
        return _read_custom(here, name, table, faults)
    for key in CUSTOM_KEYS:
        if key in table:
            faults.append(f'{here}.{key} goes with provider = "hmac" only; {wanted!r} brings its own')
    if not isinstance(wanted, str) or wanted not in PROVIDERS:
        guess = did_you_mean(str(wanted), [*PROVIDERS, "hmac"])
        faults.append(f"{here}.provider {wanted!r} is unknown; {guess}{_LIST}")
        return None
    return PROVIDERS[wanted]


def _read_custom(here: str, name: str, table: Mapping[str, Any], faults: Faults) -> Provider | None:
    signature = table.get("signature")
    if not isinstance(signature, dict):
        faults.append(
            f'{here}.signature must be a table that names at least the header: {{ header = "X-Signature" }}'
        )
        return None
    texts = {}
    for key in ("event_id", "event_type"):
        value = table.get(key)
        texts[key] = value if value is None else _read(f"{here}.{key}", values.text, value, faults)
    try:
        return custom_provider(name, signature, event_id=texts["event_id"], event_type=texts["event_type"])
    except ValueError as error:
        faults.append(f"{here}: {error}")
        return None


def _read_retry(here: str, table: Any, default: Retry, faults: Faults) -> Retry:
    fields = {field.name: field for field in dataclasses.fields(Retry)}
    if not isinstance(table, dict):
        faults.append(f"{here}.retry must be a table, such as {{ attempts = 5 }}")
        return default
    changed = {}
    for key, raw in table.items():
        if key in fields:
            changed[key] = _read(f"{here}.retry.{key}", fields[key].metadata["read"], raw, faults)
        else:
            guess = did_you_mean(key, fields)
            faults.append(f"{here}.retry.{key} is unknown; {guess}known: {', '.join(fields)}")
    return default if None in changed.values() else dataclasses.replace(default, **changed)


def _read(where: str, reader: Any, raw: Any, faults: Faults) -> Any:
    try:
        return reader(raw)
    except ValueError as error:
        faults.append(f"{where} {error}")
        return None
