"""Hygraph: the body as a string inside another JSON document.

https://hygraph.com/docs/api-reference/basics/webhooks
"""

from __future__ import annotations

import json

from webhooks.event import Delivery
from webhooks.signatures.decoding import whole_number


def hygraph_text(delivery: Delivery, stamp: str) -> tuple[bytes, ...]:
    """Return the document that Hygraph signs; none for a body or time that cannot be written in it."""
    fields = (delivery.header("gcms-signature") or "").split(", ")
    environment = next((part[len("env=") :] for part in fields if part.startswith("env=")), "")
    time = whole_number(stamp)
    try:
        body = delivery.body.decode()
    except UnicodeDecodeError:
        return ()
    if time is None:
        return ()
    document = {"Body": body, "EnvironmentName": environment, "TimeStamp": time}
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return (text.encode("utf-8", "surrogatepass"),)
