"""Twilio: the URL and the sorted fields of the form.

https://www.twilio.com/docs/usage/webhooks/webhooks-security
"""

from __future__ import annotations

import hashlib
import hmac
import re

from webhooks.errors import Rejected
from webhooks.event import Delivery
from webhooks.forms import field, form_fields, query_fields
from webhooks.signatures.scheme import malformed, required_header

BODY_HASH = "bodySHA256"
SETTINGS = "X-Twilio-Webhooks-Signature-Settings"

_URL = re.compile(r"(https?)://([^/?#]*)(.*)", re.DOTALL)
_PORT = re.compile(r":[0-9]+\Z")
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def twilio_texts(delivery: Delivery, _stamp: str) -> tuple[bytes, ...]:
    """Return what Twilio may have signed: it is not consistent about a port in the URL.

    A body that is no form is not among the signed: its hash must be in the URL, which is.
    """
    tail = ""
    fields = form_fields(delivery)
    if fields is not None:
        # Equal values of one name are signed once: https://github.com/twilio/twilio-python does so.
        tail = "".join(name + value for name, value in sorted(set(fields)))
    else:
        _check_body(delivery)
    return tuple((url + tail).encode("utf-8", "surrogatepass") for url in url_spellings(delivery.url))


def twilio_shared_key_texts(delivery: Delivery, stamp: str) -> tuple[bytes, ...]:
    """Return the same for a request that says it is signed with a shared key and SHA-256."""
    settings = required_header(delivery, SETTINGS).split(",")
    if "ALGORITHM=HMAC_SHA256" not in [part.strip().upper() for part in settings]:
        raise malformed(f"header {SETTINGS} does not say algorithm=HMAC_SHA256")
    return twilio_texts(delivery, stamp)


def url_spellings(url: str) -> tuple[str, ...]:
    """Return a URL as it is, without its port, and with the port that its scheme implies."""
    found = _URL.fullmatch(url)
    if found is None:
        return (url,)
    scheme, host, rest = found.groups()
    bare = _PORT.sub("", host)
    port = "" if bare != host else _DEFAULT_PORTS[scheme]
    return tuple(dict.fromkeys((url, f"{scheme}://{bare}{rest}", f"{scheme}://{host}{port}{rest}")))


def _check_body(delivery: Delivery) -> None:
    given = field(query_fields(delivery), BODY_HASH)
    if given is None:
        if not delivery.body:
            return
        raise malformed("the body is no form, and the URL has no bodySHA256 that would cover it")
    expected = hashlib.sha256(delivery.body).hexdigest()
    if not hmac.compare_digest(given.encode("utf-8", "surrogatepass"), expected.encode()):
        raise Rejected("signature_mismatch", "bodySHA256 in the URL is not the hash of this body")
