"""Providers that follow Standard Webhooks, or Svix, from which it came.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

from webhooks.places import Place
from webhooks.providers.preset import DAY, HOUR, Provider
from webhooks.signatures.choice import AnyOf, ByPrefix
from webhooks.signatures.keyed import Keyed
from webhooks.signatures.keys import KeyForm
from webhooks.signatures.public_key import PublicKey
from webhooks.signatures.scheme import Scheme
from webhooks.signatures.timestamps import Timestamp

_SPEC_WINDOW = 75 * HOUR
_SVIX_WINDOW = 28 * HOUR


def _shared(names: str = "webhook-{}", key: KeyForm = "whsec") -> Keyed:
    """Return the symmetric scheme with the three headers `<names>` of id, timestamp and signature."""
    return Keyed(
        header=names.format("signature"),
        prefix="v1,",
        separator=" ",
        encoding="base64",
        key=key,
        signed=f"{{header:{names.format('id')}}}.{{timestamp}}.{{body}}",
        timestamp=Timestamp(header=names.format("timestamp"), tolerance=300),
    )


def _provider(
    name: str,
    title: str,
    scheme: Scheme,
    *,
    event_id: Place = "header:webhook-id",
    event_type: Place = "json:/type",
    retry_window: float = _SPEC_WINDOW,
    secret_prefix: str = "whsec_",  # noqa: S107 - the public prefix, not a secret
) -> Provider:
    return Provider(
        name=name,
        title=title,
        scheme=scheme,
        identity="signed",
        event_id=event_id,
        event_type=event_type,
        body_fixed=True,
        retry_window=retry_window,
        ack_deadline=15,
        secret_prefix=secret_prefix,
        sample_type="invoice.paid",
    )


SPEC = _shared()
# Endpoints of Svix may send either family of names.
SVIX_SCHEME = AnyOf(schemes=(_shared("svix-{}"), SPEC))
ASYMMETRIC = PublicKey(
    header="webhook-signature",
    prefix="v1a,",
    separator=" ",
    encoding="base64",
    key="whpk",
    signed="{header:webhook-id}.{timestamp}.{body}",
    timestamp=Timestamp(header="webhook-timestamp", tolerance=300),
)
_SVIX_ID = "header:svix-id or header:webhook-id"

PROVIDERS = (
    # A secret that begins with whpk_ is an Ed25519 public key, and proves v1a signatures only.
    _provider(
        "standardwebhooks", "Standard Webhooks", ByPrefix(prefix="whpk_", public=ASYMMETRIC, shared=SPEC)
    ),
    _provider("standardwebhooks_v1a", "Standard Webhooks (Ed25519)", ASYMMETRIC, secret_prefix=""),
    _provider("svix", "Svix", SVIX_SCHEME, event_id=_SVIX_ID, retry_window=_SVIX_WINDOW),
    _provider("resend", "Resend", SVIX_SCHEME, event_id=_SVIX_ID, retry_window=_SVIX_WINDOW),
    _provider("openai", "OpenAI", SPEC, retry_window=3 * DAY),
    _provider("replicate", "Replicate", SPEC, event_type="json:/type or json:/status"),
    _provider(
        "finch",
        "Finch",
        Keyed(
            header="Finch-Signature",
            prefix="v1,",
            separator=" ",
            encoding="base64",
            key="whsec",
            signed="{header:Finch-Event-Id}.{timestamp}.{body}",
            timestamp=Timestamp(header="Finch-Timestamp", tolerance=300),
        ),
        event_id="header:Finch-Event-Id",
        secret_prefix="",
    ),
    _provider(
        "lithic", "Lithic", SPEC, event_type="json:/event_type or json:/type", retry_window=_SVIX_WINDOW
    ),
    # Polar's key is the text of the secret, not what it would decode to.
    _provider("polar", "Polar", _shared(key="text"), secret_prefix="polar_whs_"),  # noqa: S106 - as above
    _provider(
        "gitlab_signing",
        "GitLab (signing token)",
        SPEC,
        event_type="header:X-Gitlab-Event or json:/object_kind",
    ),
)
