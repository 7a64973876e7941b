"""Rows of a handshakes file: what a source is configured with, and what is wrong with an answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from fnmatch import fnmatchcase

from tests.vectors.rows import Configured, Row, configured


def handshake_setup(row: Row) -> Configured:
    """Return the secrets and options that a source for this row would have."""
    secret = row["secret"]
    if secret is None:
        return [], {}
    if not isinstance(secret, dict):
        return configured(row)
    options = {name: value for name, value in secret.items() if name in _OPTIONS}
    if row["provider"] in ("meta_whatsapp", "strava"):
        return [secret["app_secret"]] if "app_secret" in secret else [], options
    if "clientState" in secret:
        return [secret["clientState"]], options
    if options:
        return [], options
    return configured(row)


def faults(
    row: Row, *, status: int, body: bytes, headers: Mapping[str, str], fetched: str | None
) -> list[str]:
    """Return what of an answer is not as the row expects; names of headers are in lower case."""
    wanted, text = row["expect"], body.decode("utf-8", "replace")
    found = []
    if status not in wanted["status"]:
        found.append(f"status {status}, expected one of {wanted['status']}")
    if "body" in wanted and text != wanted["body"]:
        found.append(f"body {text!r}, expected {wanted['body']!r}")
    if "body_any" in wanted and text not in wanted["body_any"]:
        found.append(f"body {text!r}, expected one of {wanted['body_any']!r}")
    if "body_json" in wanted and _parsed(text) != wanted["body_json"]:
        found.append(f"body {text!r}, expected {wanted['body_json']!r} as JSON")
    if "body_not" in wanted and wanted["body_not"] in text:
        found.append(f"body {text!r} tells what it must not")
    if "fetch" in wanted and fetched != wanted["fetch"]:
        found.append(f"fetched {fetched!r}, expected {wanted['fetch']!r}")
    for name, pattern in wanted.get("headers", {}).items():
        if not fnmatchcase(headers.get(name.lower(), ""), pattern):
            found.append(f"header {name} is {headers.get(name.lower())!r}, expected {pattern!r}")
    return found


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return None


_OPTIONS = ("verify_token", "verification_token", "endpoint_url", "topic", "allowed_origin")
