"""Rows of a vectors file: read, and turned into what `verify` takes."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from webhooks.event import Delivery
from webhooks.signatures import Options, Secret

Row = Mapping[str, Any]
Configured = tuple[list[Secret], Options]


def read_rows(path: Path) -> Iterator[Row]:
    """Yield the rows of a JSON Lines file, gzip or plain."""
    with (
        gzip.open(path, "rt", encoding="utf-8")
        if path.suffix == ".gz"
        else path.open(encoding="utf-8") as lines
    ):
        for line in lines:
            if line.strip():
                yield json.loads(line)


def delivery_of(row: Row) -> Delivery:
    """Return the request of a row."""
    return Delivery(
        method=row["method"],
        url=row["url"],
        headers=tuple(row["headers"].items()),
        body=base64.b64decode(row["body_b64"]),
        received_at=row["now"],
    )


def configured(row: Row) -> Configured:
    """Return the secrets and options that a source for this row would have."""
    secret = row["secret"]
    shape = _SHAPES.get(row["provider"])
    if shape is not None and isinstance(secret, dict):
        return shape(secret)
    if isinstance(secret, dict):
        return [{name: str(value) for name, value in secret.items()}], {}
    return list(secret) if isinstance(secret, list) else [secret], {}


def _apple_appstore(secret: Row) -> Configured:
    table = {
        "root_certificate": secret["root_ca_der_b64"],
        "bundle_id": secret["bundle_id"],
        "environment": secret["environment"],
    }
    if secret.get("app_apple_id") is not None:
        table["app_apple_id"] = str(secret["app_apple_id"])
    return [table], {}


def _aws_sns(secret: Row) -> Configured:
    return _listed(secret["topic_arn"]), {"fetch": secret["certs"].get}


def _paypal(secret: Row) -> Configured:
    return _listed(secret["webhook_id"]), {"fetch": secret["certs"].get}


def _ebay(secret: Row) -> Configured:
    return [], {"fetch_key": secret["keys"].get}


def _plaid(secret: Row) -> Configured:
    return [], {"fetch_key": secret["jwks"].get}


def _truelayer(secret: Row) -> Configured:
    sets = secret["jwks"]
    return [], {"fetch": lambda url: json.dumps(sets[url]).encode() if url in sets else None}


def _listed(value: Any) -> list[Secret]:
    return list(value) if isinstance(value, list) else [value]


_SHAPES: Mapping[str, Callable[[Row], Configured]] = {
    "apple_appstore": _apple_appstore,
    "aws_sns": _aws_sns,
    "ebay": _ebay,
    "paypal": _paypal,
    "plaid": _plaid,
    "truelayer": _truelayer,
}
