"""Providers that repeat a token and sign nothing: who sees one request can send any other."""

from __future__ import annotations

from webhooks.providers.preset import DAY, Provider
from webhooks.signatures.token import Token

_NOTHING = (
    "Nothing is signed: the token is the same in every request, and who has seen one can send any other."
)

TELEGRAM = Provider(
    name="telegram",
    title="Telegram",
    # https://core.telegram.org/bots/api#setwebhook
    scheme=Token(place="header:X-Telegram-Bot-Api-Secret-Token"),
    identity="unsigned",
    event_id="json:/update_id",
    event_type="key:update_id",
    body_fixed=True,
    retry_window=DAY,
    weakness=_NOTHING,
    key_name="the secret_token of setWebhook",
    sample_body='{{"update_id": "{id}", "{type}": {{"message_id": 1, "date": {now}, "text": "hi"}}}}',
    sample_type="message",
)

GITLAB = Provider(
    name="gitlab",
    title="GitLab (secret token)",
    # https://docs.gitlab.com/user/project/integrations/webhooks/
    scheme=Token(place="header:X-Gitlab-Token"),
    identity="unsigned",
    event_id="header:Idempotency-Key or header:X-Gitlab-Event-UUID",
    event_type="header:X-Gitlab-Event",
    body_fixed=True,
    # A failing webhook is switched off for a while, and what it missed is never sent.
    retry_window=0,
    ack_deadline=10,
    weakness=_NOTHING,
    key_name="the secret token of the webhook",
    sample_type="Push Hook",
)

FIGMA = Provider(
    name="figma",
    title="Figma",
    # https://developers.figma.com/docs/rest-api/webhooks-security/
    scheme=Token(place="json:/passcode"),
    identity="unsigned",
    event_id="json:/webhook_id + json:/timestamp",
    event_type="json:/event_type",
    body_fixed=True,
    weakness=_NOTHING,
    key_name="the passcode of the webhook",
    sample_body='{{"event_type": "{type}", "webhook_id": "{id}", "timestamp": "{now}", "file_key": "x"}}',
    sample_type="FILE_UPDATE",
)

PROVIDERS = (TELEGRAM, GITLAB, FIGMA)
