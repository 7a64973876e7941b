"""Mandrill: the configured URL and the sorted fields of the form.

https://mailchimp.com/developer/transactional/guides/track-respond-activity-webhooks/
"""

from __future__ import annotations

from webhooks.event import Delivery
from webhooks.forms import form_fields
from webhooks.signatures.scheme import malformed


def mandrill_text(delivery: Delivery, _stamp: str) -> tuple[bytes, ...]:
    """Return the URL, then each name and value; a repeated name could be read in two ways and is refused."""
    fields = form_fields(delivery)
    if fields is None:
        raise malformed("the body is no form")
    if len(dict(fields)) < len(fields):
        raise malformed("a field of the form comes twice")
    text = delivery.url + "".join(name + value for name, value in sorted(fields))
    return (text.encode("utf-8", "surrogatepass"),)
