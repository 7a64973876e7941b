"""Providers that send a JSON Web Token under a shared secret."""

from __future__ import annotations

from webhooks.providers.preset import DAY, Provider
from webhooks.signatures.claims import BodyHash, QueryStringHash, UrlClaim, UrlHash
from webhooks.signatures.jwt import Jwt

VONAGE = Provider(
    name="vonage",
    title="Vonage",
    # https://developer.vonage.com/en/getting-started/concepts/webhooks#decoding-signed-webhooks
    scheme=Jwt(
        header="Authorization",
        word="Bearer ",
        bindings=(BodyHash(claim="payload_hash", encoding="hex", when_empty="either"),),
        leeway=60,
        max_age=DAY,
    ),
    identity="signed",
    event_id="json:/message_uuid + json:/status or json:/message_uuid or header:Authorization > jwt:/jti",
    event_type="json:/channel or json:/status",
    body_fixed=False,
    retry_window=DAY,
    key_name="the signature secret",
    sample_body='{{"message_uuid": "{id}", "channel": "{type}", "timestamp": "{now}"}}',
    sample_type="sms",
)

MESSAGEBIRD = Provider(
    name="messagebird",
    title="MessageBird",
    # https://developers.messagebird.com/api/#verifying-http-requests
    scheme=Jwt(
        header="MessageBird-Signature-JWT",
        algorithms=("HS256", "HS384", "HS512"),
        issuer="MessageBird",
        required=("nbf", "exp"),
        bindings=(
            UrlHash(claim="url_hash"),
            BodyHash(claim="payload_hash", encoding="hex", when_empty="absent"),
        ),
        leeway=1,
    ),
    identity="signed",
    signs_url=True,
    event_id="header:MessageBird-Signature-JWT > jwt:/jti",
    event_type=None,
    body_fixed=False,
    key_name="the signing key",
)

LIVEKIT = Provider(
    name="livekit",
    title="LiveKit",
    # https://docs.livekit.io/intro/basics/rooms-participants-tracks/webhooks-events/
    scheme=Jwt(
        header="Authorization",
        fields=("api_key", "api_secret"),
        bindings=(BodyHash(claim="sha256", encoding="base64"),),
        leeway=60,
    ),
    identity="signed",
    event_id="json:/id",
    event_type="json:/event",
    body_fixed=True,
    key_name="an API key and its secret",
    key_example='{ api_key = "APIabcdef", api_secret = "${LIVEKIT_API_SECRET}" }',
    sample_media="application/webhook+json",
    sample_type="room_started",
)

QSTASH = Provider(
    name="qstash",
    title="Upstash QStash",
    # https://upstash.com/docs/qstash/howto/signature: two keys, the current and the next.
    scheme=Jwt(
        header="Upstash-Signature",
        issuer="Upstash",
        required=("exp", "nbf"),
        bindings=(UrlClaim(claim="sub"), BodyHash(claim="body", encoding="base64url")),
    ),
    # A schedule sends the same body each time.
    identity="none",
    signs_url=True,
    event_id="header:Upstash-Message-Id",
    event_type=None,
    body_fixed=True,
    retry_window=DAY,
    weakness="The header with the message's id is not signed.",
    key_name="the current or next signing key",
)

ATLASSIAN_CONNECT = Provider(
    name="atlassian_connect",
    title="Atlassian Connect",
    # https://developer.atlassian.com/cloud/jira/platform/understanding-jwt-for-connect-apps/
    scheme=Jwt(
        header="Authorization",
        word="JWT ",
        required=("exp",),
        bindings=(QueryStringHash(),),
        leeway=30,
        max_age=3600,
    ),
    identity="unsigned",
    signs_url=True,
    event_id="header:X-Atlassian-Webhook-Identifier",
    event_type="json:/webhookEvent",
    body_fixed=True,
    weakness="Method, path and query are signed, the body is not: a captured token fits any for 3 minutes.",
    key_name="the sharedSecret of the installation",
    sample_type="jira:issue_updated",
)

NETLIFY = Provider(
    name="netlify",
    title="Netlify",
    # https://docs.netlify.com/deploy/deploy-notifications/#payload-signature
    scheme=Jwt(
        header="X-Webhook-Signature",
        issuer="netlify",
        bindings=(BodyHash(claim="sha256", encoding="hex"),),
    ),
    # $.id names a deploy, of which several things are told.
    identity="signed",
    event_id="json:/id + json:/state or json:/id",
    event_type="header:X-Netlify-Event or json:/state",
    body_fixed=False,
    weakness="No time is signed, unless Netlify sends exp.",
    key_name="the JWS secret token",
    sample_body='{{"id": "{id}", "state": "ready", "created": {now}}}',
    sample_type="deploy_created",
)

FUSIONAUTH = Provider(
    name="fusionauth",
    title="FusionAuth",
    # https://fusionauth.io/docs/extend/events-and-webhooks/signing: keys of the HMAC kind.
    scheme=Jwt(
        header="X-FusionAuth-Signature-JWT",
        algorithms=("HS256", "HS384", "HS512"),
        bindings=(BodyHash(claim="request_body_sha256", encoding="base64"),),
    ),
    identity="signed",
    event_id="json:/event/id",
    event_type="json:/event/type",
    body_fixed=True,
    weakness="No time is signed.",
    key_name="the signing key's secret",
    sample_type="user.create.complete",
)

PROVIDERS = (VONAGE, MESSAGEBIRD, LIVEKIT, QSTASH, ATLASSIAN_CONNECT, NETLIFY, FUSIONAUTH)
