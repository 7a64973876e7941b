"""All providers by name; a page is read when one of its providers is first asked for.

Reading all pages takes several times as long as the rest of a receiver's start, and a receiver
has a handful of providers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module

from webhooks.providers.preset import Provider


class Catalogue(Mapping[str, Provider]):
    """The providers of some pages, in the order of their names."""

    def __init__(self, pages: Mapping[str, str]) -> None:
        """Take the names of each page's providers; raise `ValueError` when one comes twice.

        Args:
            pages: from a module to the names of the providers in its `PROVIDERS`, between blanks.
        """
        self._pages: dict[str, str] = {}
        self._loaded: dict[str, Provider] = {}
        for page, names in pages.items():
            for name in names.split():
                if name in self._pages:
                    msg = f"two providers are called {name!r}"
                    raise ValueError(msg)
                self._pages[name] = page

    def __getitem__(self, name: str) -> Provider:
        """Return a provider, reading its page the first time; `KeyError` when none has that name."""
        if name not in self._loaded:
            self._load(self._pages[name])
        return self._loaded[name]

    def __contains__(self, name: object) -> bool:
        """Say whether there is such a provider, without reading its page."""
        return name in self._pages

    def __iter__(self) -> Iterator[str]:
        """Yield the names, sorted, without reading any page."""
        return iter(sorted(self._pages))

    def __len__(self) -> int:
        """Count the providers."""
        return len(self._pages)

    def _load(self, page: str) -> None:
        found: tuple[Provider, ...] = import_module(page).PROVIDERS
        listed = [name for name, where in self._pages.items() if where == page]
        if sorted(provider.name for provider in found) != sorted(listed):
            msg = f"{page} does not hold exactly what the catalogue says: {', '.join(listed)}"
            raise ValueError(msg)
        self._loaded |= {provider.name: provider for provider in found}


PAGES: Mapping[str, str] = {
    "webhooks.providers.body_digest_prefixed": (
        "github meta_whatsapp jira intercom notion cursor easypost airtable pagerduty"
    ),
    "webhooks.providers.body_digest_hex": (
        "razorpay coinbase_commerce gocardless pusher getstream cloudconvert onfido modern_treasury "
        "mailersend mailtrap viber convoy linear attio dropbox asana calcom onfleet vercel"
    ),
    "webhooks.providers.body_digest_base64": (
        "shopify line adyen_platform x_twitter xero quickbooks typeform woocommerce hookdeck docusign"
    ),
    "webhooks.providers.timed_digest": (
        "stripe paddle workos elevenlabs retell fintoc terra sanity mux calendly"
    ),
    "webhooks.providers.timed_header": (
        "slack twitch box zoom webflow cashfree zendesk customerio cloudinary"
    ),
    "webhooks.providers.standard_webhooks": (
        "standardwebhooks standardwebhooks_v1a svix resend openai replicate finch lithic polar gitlab_signing"
    ),
    "webhooks.providers.signed_url": (
        "square hubspot_v1 hubspot_v2 hubspot_v3 trello mandrill plivo_v3 plivo_v2 contentful mercadopago"
    ),
    "webhooks.providers.twilio": "twilio twilio_sharedkey twilio_json",
    "webhooks.providers.public_key": (
        "sendgrid discord telnyx postal paypal aws_sns ebay plaid truelayer apple_appstore"
    ),
    "webhooks.providers.web_token": (
        "vonage messagebird livekit qstash atlassian_connect netlify fusionauth"
    ),
    "webhooks.providers.plain_token": "telegram gitlab figma",
    "webhooks.providers.challenge_first": (
        "microsoft_graph okta azure_eventgrid cloudevents websub strava monday"
    ),
    "webhooks.providers.odd": (
        "adyen braintree vonage_sms_sig dropbox_sign mailgun mailgun_form unisender_go inngest hygraph"
    ),
}
"""The pages of the catalogue, one for each way of signing, and who is on them."""

PROVIDERS = Catalogue(PAGES)
"""The catalogue. The provider `hmac` is not here: it is made from the configuration."""
