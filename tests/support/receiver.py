"""A receiver in this very process, with one source and a clock of its own, on a real store."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.signatures.credentials import NOW, credentials
from tests.support.servers import PATIENT
from webhooks.app import create_app
from webhooks.config import Retry, Settings, Source, SourceSecret
from webhooks.config.sections import Redis, Web
from webhooks.event import Delivery
from webhooks.providers.catalog import PROVIDERS
from webhooks.providers.samples import sample
from webhooks.signatures import Secret, sign

PUBLIC_URL = "https://hooks.example.com/webhooks/in"


class Receiver:
    """Takes deliveries for the source `in` of a provider, configured with its test credentials."""

    def __init__(
        self,
        provider: str,
        store_url: str,
        *,
        secrets: Sequence[SourceSecret | Secret] | None = None,
        public_url: str | None = PUBLIC_URL,
        forwarded: tuple[str, ...] = (),
        now: float = NOW,
        **options: Any,
    ) -> None:
        self.provider = PROVIDERS[provider]
        self.credentials = credentials(provider)
        self.now = now
        given = self.credentials.secrets if secrets is None else secrets
        source = Source(
            name="in",
            provider=self.provider,
            secrets=tuple(
                secret if isinstance(secret, SourceSecret) else SourceSecret(value=secret) for secret in given
            ),
            max_body=self.provider.max_body,
            retry=Retry(),
            key_retention=3600.0,
            public_url=public_url,
            options={**self.credentials.options, **options},
        )
        settings = Settings(
            redis=Redis(url=store_url, timeout=PATIENT),
            web=Web(forwarded=forwarded),
            sources=MappingProxyType({"in": source}),
        )
        self.client: FlaskClient = create_app(settings, clock=lambda: self.now).test_client()

    def sample(
        self, event_id: str = "sample-1", *, url: str = PUBLIC_URL, signing: Secret | None = None
    ) -> Delivery:
        """Return a request of this provider, signed now."""
        plain = sample(self.provider, url=url, event_id=event_id, now=self.now)
        secret = self.credentials.signing if signing is None else signing
        return sign(self.provider, plain, secret, now=self.now, options=self.credentials.sign_options)

    def send(self, delivery: Delivery, **headers: str) -> TestResponse:
        """Send a request to the source; more headers have an underscore for a hyphen."""
        more = [(name.replace("_", "-"), value) for name, value in headers.items()]
        query = urlsplit(delivery.url).query
        return self.client.open(
            "/webhooks/in" + (f"?{query}" if query else ""),
            method=delivery.method,
            headers=[*delivery.headers, *more],
            data=delivery.body,
        )

    def post(self, body: bytes = b"", **headers: str) -> TestResponse:
        """Post an unsigned request."""
        return self.send(
            Delivery(method="POST", url=PUBLIC_URL, headers=(), body=body, received_at=self.now), **headers
        )
