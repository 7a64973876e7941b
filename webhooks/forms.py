"""Form bodies and query strings, read within bounds; what cannot be read is None, never an error."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlsplit

from webhooks.event import Delivery

Fields = list[tuple[str, str]]
"""Names and values in the order in which they came, repeats kept, percent-decoded as UTF-8."""

MOST_FIELDS = 1000
"""More fields than any provider sends; a body with more is not read at all."""

_BOUNDARY = re.compile(r'boundary=(?:"([^"\r\n]{1,70})"|([^\s;,"]{1,70}))', re.IGNORECASE)
_NAME = re.compile(rb'(?:^|[;\s])name="([^"\r\n]*)"')
_FILE = re.compile(rb"(?:^|[;\s])filename\*?=")


def form_fields(delivery: Delivery) -> Fields | None:
    """Return the fields of a form body, or None when the body is not a readable form.

    Files of a multipart body are left out: no scheme that we know signs them.
    """
    media = (delivery.header("Content-Type") or "").strip().lower()
    if media.startswith("multipart/form-data"):
        return _multipart(delivery.header("Content-Type") or "", delivery.body)
    if media.startswith("application/x-www-form-urlencoded"):
        return decoded_pairs(delivery.body.decode("latin-1"))
    return None


def query_fields(delivery: Delivery) -> Fields | None:
    """Return the fields of the URL's query, or None when there are too many."""
    return decoded_pairs(query_text(delivery.url))


def query_text(url: str) -> str:
    """Return the query of a URL as it was written; empty when there is none, or no URL."""
    try:
        return urlsplit(url).query
    except ValueError:
        return ""


def decoded_pairs(text: str) -> Fields | None:
    """Decode `a=1&b=2`; empty values are kept, undecodable bytes become U+FFFD."""
    try:
        return parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        return None


def field(fields: Fields | None, name: str) -> str | None:
    """Return the first value of a field, or None."""
    return next((value for key, value in fields or () if key == name), None)


def _multipart(media: str, body: bytes) -> Fields | None:
    found = _BOUNDARY.search(media)
    if found is None:
        return None
    mark = b"--" + (found[1] or found[2]).encode("latin-1", "replace")
    parts = (b"\r\n" + body).split(b"\r\n" + mark)
    if len(parts) > MOST_FIELDS:
        return None
    fields: Fields = []
    for part in parts[1:]:
        head, blank, value = part.partition(b"\r\n\r\n")
        name = _NAME.search(head)
        if not blank or name is None or _FILE.search(head):
            continue
        fields.append((name[1].decode("utf-8", "replace"), value.decode("utf-8", "replace")))
    return fields
