"""Providers that sign the body and nothing else."""

from __future__ import annotations

from webhooks.providers.preset import DAY, MIB, Provider
from webhooks.signatures.scheme import Keyed

GITHUB = Provider(
    name="github",
    title="GitHub",
    # https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries. The legacy
    # X-Hub-Signature (SHA-1) is never looked at.
    scheme=Keyed(header="X-Hub-Signature-256", prefix="sha256="),
    identity="unsigned",
    event_id="header:X-GitHub-Delivery",
    event_type="header:X-GitHub-Event",
    body_fixed=True,
    # https://docs.github.com/en/webhooks/using-webhooks/handling-failed-webhook-deliveries: never
    # by itself; by hand for 3 days.
    retry_window=0,
    resend_window=3 * DAY,
    ack_deadline=10,
    # Payloads are capped at 25 MB by GitHub.
    max_body=25 * MIB,
    sample_body='{{"zen": "Keep it logically awesome.", "hook_id": 1, "sent_at": {now}, "sample": "{id}"}}',
    sample_headers=(
        ("Content-Type", "application/json"),
        ("X-GitHub-Event", "{type}"),
        ("X-GitHub-Delivery", "{id}"),
    ),
    sample_type="ping",
)

PROVIDERS = (GITHUB,)
