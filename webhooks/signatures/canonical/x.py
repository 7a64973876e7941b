"""X (Twitter): the body of an event, or the query of its check.

https://docs.x.com/x-api/webhooks/quickstart
"""

from __future__ import annotations

from webhooks.event import Delivery
from webhooks.forms import query_text
from webhooks.signatures.scheme import malformed


def x_text(delivery: Delivery, _stamp: str) -> tuple[bytes, ...]:
    """Return what X signs; a body that is no JSON object is refused.

    Its check asks for an HMAC over a token of the caller's choosing, so one over a body that could
    be such a token proves nothing.
    """
    if delivery.method == "GET":
        return (query_text(delivery.url).encode("utf-8", "surrogatepass"),)
    if not delivery.body.lstrip().startswith(b"{"):
        raise malformed("the body is no JSON object")
    return (delivery.body,)
