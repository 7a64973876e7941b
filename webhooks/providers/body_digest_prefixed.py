"""Providers that sign the body and nothing else, and write the digest in hex after a prefix."""

from __future__ import annotations

from webhooks.providers.preset import DAY, MIB, Batch, Provider, Setting
from webhooks.signatures.keyed import Keyed

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
    weakness="The headers with the event's id and type are not signed.",
    # Payloads are capped at 25 MB by GitHub.
    max_body=25 * MIB,
    sample_body='{{"zen": "Keep it logically awesome.", "hook_id": 1, "sent_at": {now}, "sample": "{id}"}}',
    sample_type="ping",
)

META_WHATSAPP = Provider(
    name="meta_whatsapp",
    title="Meta (WhatsApp, Facebook, Instagram)",
    # https://developers.facebook.com/docs/graph-api/webhooks/getting-started
    scheme=Keyed(header="X-Hub-Signature-256", prefix="sha256="),
    identity="signed",
    event_id="json:/value/messages/0/id or json:/value/statuses/0/id + json:/value/statuses/0/status",
    event_type="json:/field",
    body_fixed=False,
    batch=Batch(items="/entry/*/changes/*", each=("/value/messages/*", "/value/statuses/*")),
    key_name="the app secret",
    settings=(Setting(name="verify_token", about="the token that the subscription's handshake must repeat"),),
    sample_type="messages",
)

JIRA = Provider(
    name="jira",
    title="Jira and Bitbucket",
    # https://support.atlassian.com/bitbucket-cloud/docs/manage-webhooks/#Secure-webhooks: SHA-256
    # under a header that is SHA-1 elsewhere.
    scheme=Keyed(header="X-Hub-Signature", prefix="sha256="),
    identity="unsigned",
    event_id="header:X-Atlassian-Webhook-Identifier or header:X-Request-UUID",
    event_type="json:/webhookEvent or header:X-Event-Key",
    body_fixed=False,
    weakness="The headers with the event's id are not signed.",
    sample_type="jira:issue_updated",
)

INTERCOM = Provider(
    name="intercom",
    title="Intercom",
    # https://developers.intercom.com/docs/references/webhooks/webhook-models
    scheme=Keyed(header="X-Hub-Signature", prefix="sha1=", algorithm="sha1"),
    identity="signed",
    event_id="json:/id",
    event_type="json:/topic",
    body_fixed=False,
    weakness="SHA-1; nothing stronger is sent.",
    key_name="the client secret of the app",
    sample_type="conversation.user.created",
)

NOTION = Provider(
    name="notion",
    title="Notion",
    # https://developers.notion.com/reference/webhooks
    scheme=Keyed(header="X-Notion-Signature", prefix="sha256="),
    identity="signed",
    event_id="json:/id",
    event_type="json:/type",
    body_fixed=False,
    key_name="the verification_token of the handshake",
    tells_secret=True,
    secret_prefix="secret_",  # noqa: S106 - the public prefix, not a secret
    sample_type="page.created",
)

CURSOR = Provider(
    name="cursor",
    title="Cursor",
    scheme=Keyed(header="X-Webhook-Signature", prefix="sha256="),
    identity="unsigned",
    event_id="header:X-Webhook-ID",
    event_type="header:X-Webhook-Event",
    body_fixed=False,
    weakness="The headers with the event's id and type are not signed.",
    sample_type="statusChange",
)

EASYPOST = Provider(
    name="easypost",
    title="EasyPost",
    # https://docs.easypost.com/guides/webhooks-guide: the secret is normalised (NFKD) first.
    scheme=Keyed(header="X-Hmac-Signature", prefix="hmac-sha256-hex=", key="nfkd"),
    identity="signed",
    event_id="json:/id",
    event_type="json:/description",
    body_fixed=False,
    sample_type="tracker.updated",
)

AIRTABLE = Provider(
    name="airtable",
    title="Airtable",
    # https://airtable.com/developers/web/api/webhooks-overview
    scheme=Keyed(header="X-Airtable-Content-MAC", prefix="hmac-sha256=", key="base64"),
    identity="body",
    event_id=None,
    event_type=None,
    body_fixed=True,
    key_name="macSecretBase64, as the API returned it",
    sample_body='{{"base": {{"id": "app_sample"}}, "webhook": {{"id": "{id}"}}, "timestamp": "{now}"}}',
)

PAGERDUTY = Provider(
    name="pagerduty",
    title="PagerDuty",
    # https://developer.pagerduty.com/docs/verifying-webhook-signatures: one v1= for each active secret.
    scheme=Keyed(header="X-PagerDuty-Signature", field="v1"),
    identity="signed",
    event_id="json:/event/id",
    event_type="json:/event/event_type",
    body_fixed=True,
    sample_type="incident.triggered",
)

PROVIDERS = (
    GITHUB,
    META_WHATSAPP,
    JIRA,
    INTERCOM,
    NOTION,
    CURSOR,
    EASYPOST,
    AIRTABLE,
    PAGERDUTY,
)
