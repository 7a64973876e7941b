"""Providers known for their handshake: what follows it carries a token, or hardly any proof."""

from __future__ import annotations

from webhooks.providers.preset import DAY, HOUR, Batch, Provider, Setting
from webhooks.signatures.choice import AnyOf
from webhooks.signatures.jwt import Jwt
from webhooks.signatures.keyed import Algorithm, Keyed
from webhooks.signatures.token import Token

_NOTHING = (
    "Nothing is signed: the token is the same in every request, and who has seen one can send any other."
)

MICROSOFT_GRAPH = Provider(
    name="microsoft_graph",
    title="Microsoft Graph",
    # https://learn.microsoft.com/en-us/graph/change-notifications-delivery-webhooks
    scheme=Token(place="json:/clientState", every="/value/*"),
    identity="unsigned",
    event_id="json:/id",
    event_type="json:/changeType",
    body_fixed=True,
    batch=Batch(items="/value/*"),
    retry_window=4 * HOUR,
    ack_deadline=3,
    weakness=_NOTHING,
    key_name="the clientState of the subscription",
    sample_body=(
        '{{"value": [{{"id": "{id}", "changeType": "{type}", "resource": "me/messages/1", "sent": {now}}}]}}'
    ),
    sample_type="created",
)

OKTA = Provider(
    name="okta",
    title="Okta event hooks",
    # https://developer.okta.com/docs/concepts/event-hooks/
    scheme=Token(place="header:Authorization"),
    identity="unsigned",
    event_id="json:/uuid",
    event_type="json:/eventType",
    body_fixed=True,
    batch=Batch(items="/data/events/*"),
    retry_window=0,
    ack_deadline=3,
    weakness=_NOTHING,
    key_name="the value of the Authorization header, as set at Okta",
    sample_type="user.lifecycle.create",
)

AZURE_EVENTGRID = Provider(
    name="azure_eventgrid",
    title="Azure Event Grid",
    # https://learn.microsoft.com/en-us/azure/event-grid/end-point-validation-event-grid-events-schema
    scheme=Token(place="query:code"),
    identity="unsigned",
    event_id="json:/id",
    event_type="json:/eventType or json:/type",
    body_fixed=True,
    batch=Batch(items="/*"),
    retry_window=DAY,
    ack_deadline=30,
    weakness=_NOTHING,
    key_name="the secret that the subscribed URL carries as ?code=",
    sample_type="Microsoft.Storage.BlobCreated",
)

CLOUDEVENTS = Provider(
    name="cloudevents",
    title="CloudEvents over HTTP",
    # https://github.com/cloudevents/spec/blob/main/cloudevents/http-webhook.md
    scheme=Token(place="header:Authorization"),
    # Its bodies are anybody's: two equal ones are two events.
    identity="none",
    event_id="header:ce-id or json:/id",
    event_type="header:ce-type or json:/type",
    body_fixed=True,
    batch=Batch(items="/*"),
    weakness=_NOTHING,
    settings=(
        Setting(name="allowed_origin", about="the one origin whose requests are let in; any when left out"),
    ),
    key_name="the value of the Authorization header, Bearer included",
    sample_type="com.example.sample",
)


def _websub(algorithm: Algorithm) -> Keyed:
    return Keyed(header="X-Hub-Signature", prefix=f"{algorithm}=", algorithm=algorithm)


WEBSUB = Provider(
    name="websub",
    title="WebSub",
    # https://www.w3.org/TR/websub/#signing-content: the hub chooses the hash.
    scheme=AnyOf(schemes=(_websub("sha256"), _websub("sha1"), _websub("sha384"), _websub("sha512"))),
    identity="body",
    event_id=None,
    event_type=None,
    body_fixed=True,
    weakness="The hub chooses the hash, and may choose SHA-1.",
    settings=(Setting(name="topic", about="the topic that was subscribed to; any when left out"),),
    key_name="the hub.secret of the subscription",
    sample_media="application/atom+xml",
    sample_body="<feed><entry><id>{id}</id><title>{type}</title><updated>{now}</updated></entry></feed>",
)

STRAVA = Provider(
    name="strava",
    title="Strava",
    # https://developers.strava.com/docs/webhooks/
    scheme=Token(place="json:/subscription_id", number=True),
    identity="unsigned",
    event_id="json:/object_id + json:/aspect_type + json:/event_time",
    event_type="json:/object_type + json:/aspect_type",
    body_fixed=True,
    retry_window=HOUR,
    ack_deadline=2,
    weakness="Nothing is signed, and the subscription's id is no secret.",
    settings=(Setting(name="verify_token", about="the token that the subscription's handshake must repeat"),),
    key_name="the subscription's id",
    sample_body=(
        '{{"object_type": "activity", "aspect_type": "create", "object_id": "{id}", "event_time": {now}, '
        '"owner_id": 1}}'
    ),
)

MONDAY = Provider(
    name="monday",
    title="monday.com",
    # https://developer.monday.com/api-reference/reference/webhooks
    scheme=Jwt(header="Authorization", required=("exp",), leeway=60),
    identity="unsigned",
    event_id="json:/event/triggerUuid",
    event_type="json:/event/type",
    body_fixed=True,
    weakness="The body is not signed: a captured token fits any until it expires.",
    key_name="the signing secret of the app",
    sample_type="create_pulse",
)

PROVIDERS = (MICROSOFT_GRAPH, OKTA, AZURE_EVENTGRID, CLOUDEVENTS, WEBSUB, STRAVA, MONDAY)
