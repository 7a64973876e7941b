"""Mercado Pago: ids and time, but not the body.

https://www.mercadopago.com/developers/en/docs/your-integrations/notifications/webhooks
"""

from __future__ import annotations

from webhooks.event import Delivery
from webhooks.forms import field, query_fields


def mercadopago_texts(delivery: Delivery, stamp: str) -> tuple[bytes, ...]:
    """Return the manifest; what is absent is left out of it.

    The documents say that an alphanumeric id is signed in lower case, the SDK takes it as it came.
    """
    given = (field(query_fields(delivery), "data.id") or "").strip()
    request = (delivery.header("x-request-id") or "").strip()
    texts = []
    for data_id in dict.fromkeys((given, given.lower())):
        parts = (("id", data_id), ("request-id", request), ("ts", stamp))
        texts.append("".join(f"{name}:{value};" for name, value in parts if value))
    return tuple(text.encode("utf-8", "surrogatepass") for text in texts)
