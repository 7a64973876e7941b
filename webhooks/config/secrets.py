"""The `secrets` of a source: texts, or tables with several parts or with dates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from webhooks.config import values
from webhooks.config.source import SourceSecret
from webhooks.providers.preset import Provider
from webhooks.signatures import Secret

DATES = ("not_before", "not_after")

Faults = list[str]


def read_secrets(
    here: str, raw: Any, provider: Provider | None, vault: Mapping[str, str] | None, faults: Faults
) -> tuple[SourceSecret, ...]:
    """Read the secrets of a source; add what is wrong to `faults`.

    Args:
        here: how the source is called in a fault.
        raw: what the configuration holds.
        provider: whose secrets they are; None when that is a fault already.
        vault: the environment, in which they are looked up; with None there are none.
        faults: what was found wrong so far.
    """
    written = raw.split(",") if isinstance(raw, str) else raw
    needed = provider is None or (provider.scheme.needs_secret and not provider.tells_secret)
    if written is None or written in ([], [""]):
        if needed:
            faults.append(f'{here}.secrets is missing or empty: write secrets = ["${{NAME_OF_A_VARIABLE}}"]')
        return ()
    if not isinstance(written, list):
        # Not quoted: it may hold a secret.
        faults.append(f"{here}.secrets must be a list")
        return ()
    found = []
    for position, value in enumerate(written if vault is not None else (), 1):
        try:
            secret = _secret(value, vault or {})
            if provider is not None:
                provider.scheme.check_secret(secret.value)
        except ValueError as error:
            faults.append(f"{here}.secrets, number {position}: {error}")
        else:
            found.append(secret)
    return tuple(found)


def _secret(written: Any, vault: Mapping[str, str]) -> SourceSecret:
    if isinstance(written, str):
        return SourceSecret(value=values.resolve(written.strip(), vault))
    if not isinstance(written, dict):
        msg = 'must be a text, or a table such as { secret = "${NAME}", not_after = 2026-12-31 }'
        raise ValueError(msg)  # noqa: TRY004 - a fault of the configuration, told with the others
    dates = {name: values.moment(written[name]) for name in DATES if name in written}
    parts = {name: part for name, part in written.items() if name not in DATES}
    if not all(isinstance(part, str) for part in parts.values()):
        msg = "every part must be a text"
        raise ValueError(msg)
    resolved = {name: values.resolve(part, vault) for name, part in parts.items()}
    value: Secret = resolved["secret"] if set(resolved) == {"secret"} else resolved
    if dates.get("not_before", 0) >= dates.get("not_after", float("inf")):
        msg = "not_before must be earlier than not_after"
        raise ValueError(msg)
    return SourceSecret(value=value, not_before=dates.get("not_before"), not_after=dates.get("not_after"))
