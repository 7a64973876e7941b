"""Handshake rows through the Flask application, on a real store."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit

from flask.testing import FlaskClient

from tests.support.servers import PATIENT, StoreServer
from tests.vectors.handshakes import faults, handshake_setup
from tests.vectors.rows import Row, delivery_of
from webhooks.app import create_app
from webhooks.config import Retry, Settings, Source, SourceSecret
from webhooks.config.sections import Redis
from webhooks.providers.catalog import PROVIDERS

NAME = "in"


class Asked:
    """A fetcher that knows the row's certificates and remembers what else it was asked for."""

    def __init__(self, row: Row) -> None:
        secret = row["secret"]
        self._certificates = secret.get("certs", {}) if isinstance(secret, dict) else {}
        self.url: str | None = None

    def __call__(self, url: str) -> bytes | None:
        if url in self._certificates:
            return str(self._certificates[url]).encode()
        self.url = url
        return b""


def judge(row: Row, store_url: str) -> list[str]:
    """Return what of the application's answer is not as the row expects."""
    asked = Asked(row)
    response = _client(row, store_url, asked).open(
        f"/webhooks/{NAME}?{urlsplit(row['url']).query}".rstrip("?"),
        method=row["method"],
        headers=list(row["headers"].items()),
        data=delivery_of(row).body,
    )
    headers = {name.lower(): value for name, value in response.headers}
    return faults(row, status=response.status_code, body=response.data, headers=headers, fetched=asked.url)


def judge_all(rows: Iterable[Row]) -> dict[str, list[str]]:
    """Return what is wrong with each row, by its id; an exception is a fault like any other."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        server = StoreServer(Path(folder))
        server.start()
        try:
            for row in rows:
                server.connect().execute("FLUSHALL")
                try:
                    found[row["id"]] = judge(row, server.url)
                except Exception as error:  # noqa: BLE001 - any exception is what this looks for
                    found[row["id"]] = [f"{type(error).__name__}: {error}"]
        finally:
            server.stop()
    return found


def _client(row: Row, store_url: str, asked: Asked) -> FlaskClient:
    secrets, options = handshake_setup(row)
    provider = PROVIDERS[row["provider"]]
    source = Source(
        name=NAME,
        provider=provider,
        secrets=tuple(SourceSecret(value=secret) for secret in secrets),
        max_body=provider.max_body,
        retry=Retry(),
        key_retention=3600.0,
        public_url=row["url"].partition("?")[0],
        options={**options, "fetch": asked},
    )
    settings = Settings(redis=Redis(url=store_url, timeout=PATIENT), sources=MappingProxyType({NAME: source}))
    return create_app(settings, clock=lambda: float(row["now"])).test_client()
