"""Contentful: method, path, the headers that it names, and the body.

https://www.contentful.com/developers/docs/webhooks/request-verification/
"""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from webhooks.event import Delivery
from webhooks.signatures.scheme import malformed, required_header

SIGNED_HEADERS = "x-contentful-signed-headers"
TIMESTAMP = "x-contentful-timestamp"

# What JavaScript's encodeURI and querystring.escape leave alone.
_URI = ";,/?:@&=+$-_.!~*'()#"
_COMPONENT = "-_.!~*'()"
_MOST_HEADERS = 100


def contentful_text(delivery: Delivery, stamp: str) -> tuple[bytes, ...]:
    """Return Contentful's canonical request; the two headers of its own are always part of it."""
    listed = {name.strip().lower() for name in required_header(delivery, SIGNED_HEADERS).split(",")}
    if len(listed) > _MOST_HEADERS:
        raise malformed(f"header {SIGNED_HEADERS} names too many headers")
    values = {name: value.strip() for name in listed if (value := delivery.header(name)) is not None}
    names = sorted({*values, SIGNED_HEADERS, TIMESTAMP})
    values[SIGNED_HEADERS] = ",".join(names)
    values[TIMESTAMP] = stamp
    headers = ";".join(f"{name}:{values[name]}" for name in names)
    head = f"{delivery.method}\n{_path(delivery.url)}\n{headers}\n"
    return (head.encode("utf-8", "surrogatepass") + delivery.body,)


def _path(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        raise malformed("the URL is not one") from None
    path = parts.path or "/"
    search = parts.query.partition("?")[0]
    whole = f"{path}?{quote(search, safe=_COMPONENT, errors='replace')}" if search else path
    return quote(whole, safe=_URI, errors="replace")
