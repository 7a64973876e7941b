"""A fault of the receiver itself is never answered as if the event were kept."""

from __future__ import annotations

from tests.support.config import settings_from
from tests.support.stripe_sender import make_body, signature
from webhooks.app import create_app
from webhooks.store.connection import Argument

SECRET = "fake-stripe-secret"


class Faulty:
    """A way to the store with a mistake in it."""

    def execute(self, *command: Argument) -> bytes:
        msg = "a mistake"
        raise LookupError(msg)


def test_a_delivery_that_meets_a_mistake_of_ours_has_the_sender_come_again() -> None:
    settings = settings_from(
        f"""
        [redis]
        url = "redis://127.0.0.1:1/0"
        [sources.stripe]
        provider = "stripe"
        secrets = ["{SECRET}"]
        """
    )
    body = make_body()
    client = create_app(settings, connection=Faulty()).test_client()
    headers = {"Stripe-Signature": signature(body, secret=SECRET)}
    found = client.post("/webhooks/stripe", data=body, headers=headers)
    assert (found.status_code, found.get_json()["error"]["code"]) == (503, "internal")
    assert int(found.headers["Retry-After"]) > 0
