"""What a source configures beside its secrets, because its provider asks for it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from webhooks.config import values
from webhooks.config.spelling import did_you_mean
from webhooks.providers.preset import Provider

Faults = list[str]


def read_options(
    here: str,
    table: Mapping[str, Any],
    provider: Provider,
    vault: Mapping[str, str] | None,
    *,
    known: tuple[str, ...],
    faults: Faults,
) -> Mapping[str, Any]:
    """Read the provider's own keys of a source's table; add unknown, missing and wrong ones to `faults`.

    Args:
        here: how the source is called in a fault.
        table: the source's table.
        provider: whose settings they are.
        vault: the environment, in which values are looked up; with None they are not.
        known: the keys that every source may have.
        faults: what was found wrong so far.
    """
    settings = {setting.name: setting for setting in provider.settings}
    for unknown in sorted(set(table) - {*known, *settings}):
        guess = did_you_mean(unknown, [*known, *settings])
        faults.append(f"{here}.{unknown} is unknown; {guess}known: {', '.join([*known, *settings])}")
    found: dict[str, Any] = {}
    for name, setting in settings.items():
        if name not in table:
            if setting.required:
                faults.append(f"{here}.{name} is missing: {setting.about}")
        elif vault is not None:
            try:
                raw = table[name]
                found[name] = values.flag(raw) if setting.flag else values.resolve(values.text(raw), vault)
            except ValueError as error:
                faults.append(f"{here}.{name} {error}")
    if "keys" in table and vault is not None:
        keys = _read_keys(f"{here}.keys", table["keys"], vault, faults)
        found["fetch_key"] = keys.get
    return MappingProxyType(found)


def _read_keys(where: str, raw: Any, vault: Mapping[str, str], faults: Faults) -> dict[str, Any]:
    """Read public keys by their id: PEM, or a JWK as JSON."""
    if not isinstance(raw, dict):
        faults.append(f'{where} must be a table of public keys by id: {{ "<id>" = "file:key.pem" }}')
        return {}
    found = {}
    for name, value in raw.items():
        try:
            text = values.resolve(values.text(value), vault)
            found[name] = json.loads(text) if text.lstrip().startswith("{") else text
        except ValueError as error:
            faults.append(f"{where}.{name} {error}")
    return found
