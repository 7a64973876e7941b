"""A request's raw bytes and headers, bounded and whole, or a refusal."""

from __future__ import annotations

from typing import Any, Protocol

from flask import Request

from webhooks.config import Source
from webhooks.errors import Rejected
from webhooks.event import Delivery, Headers

RAW_HEADERS = "hookline_headers"
"""The attribute of `wsgi.input` under which the server leaves the headers as they came."""


class _Input(Protocol):
    def read(self, size: int, /) -> bytes: ...


def read_delivery(
    request: Request, *, source: Source, forwarded: tuple[str, ...], received_at: float
) -> Delivery:
    """Read the whole body, at most as large as the source takes.

    Neither Flask's form and file parsers nor its JSON parser are ever used: what is proven is
    the bytes.

    Args:
        request: the request.
        source: whose endpoint was called.
        forwarded: headers of a proxy that are believed.
        received_at: seconds since the epoch (UTC).

    Raises:
        Rejected: the body is compressed, too large, shorter than announced or unreadable.
    """
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("", "identity") and not (encoding == "gzip" and source.provider.inflates):
        raise Rejected("encoding_unsupported", "send the body as it is, without a Content-Encoding")
    announced = _announced(request)
    if announced is not None and announced > source.max_body:
        raise _too_large(source.max_body)
    return Delivery(
        method=request.method,
        url=_url(request, source, forwarded),
        headers=_headers(request),
        body=_read_body(request.environ["wsgi.input"], limit=source.max_body, announced=announced),
        received_at=received_at,
    )


def _url(request: Request, source: Source, forwarded: tuple[str, ...]) -> str:
    """Return the URL as its sender wrote it: Flask's own has been decoded and encoded again."""
    environ = request.environ
    target = str(environ.get("RAW_URI") or environ.get("REQUEST_URI") or request.full_path.rstrip("?"))
    if source.public_url is not None:
        _, mark, query = target.partition("?")
        return source.public_url + mark + query
    if not target.startswith("/"):
        # The absolute form, which only proxies use.
        return target
    believed = {name: request.headers.get(name, "").split(",")[0].strip() for name in forwarded}
    scheme = believed.get("X-Forwarded-Proto") or request.scheme
    host = believed.get("X-Forwarded-Host") or request.headers.get("Host") or request.host
    return f"{scheme}://{host}{target}"


def _announced(request: Request) -> int | None:
    text = request.environ.get("CONTENT_LENGTH", "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit()):
        raise Rejected("request_unreadable", "Content-Length is not a whole number")
    return int(text[:18])


def _read_body(stream: _Input, *, limit: int, announced: int | None) -> bytes:
    # Werkzeug cannot tell a chunked body that was cut at MAX_CONTENT_LENGTH from a whole one, nor
    # gunicorn a body that ended early: so one byte more than allowed is asked for, and counted.
    wanted = limit + 1 if announced is None else announced
    chunks = []
    size = 0
    while size < wanted:
        try:
            chunk = stream.read(wanted - size)
        except Exception as error:
            # The server's parser has errors of its own for a broken chunk or a lost connection.
            raise Rejected(
                "request_unreadable", f"the body cannot be read ({type(error).__name__})"
            ) from error
        if not chunk:
            break
        chunks.append(chunk)
        size += len(chunk)
    if announced is not None and size < announced:
        raise Rejected("body_truncated", f"{announced} bytes were announced and {size} came")
    if size > limit:
        raise _too_large(limit)
    return b"".join(chunks)


def _too_large(limit: int) -> Rejected:
    return Rejected("body_too_large", f"the body is larger than {limit} bytes, the limit of this source")


def _headers(request: Request) -> Headers:
    raw: Any = getattr(request.environ["wsgi.input"], RAW_HEADERS, None)
    if raw is None:
        return tuple(request.headers.items())
    # A name with an underscore would be another header's double further on; gunicorn drops it too.
    return tuple((str(name).title(), str(value)) for name, value in raw if "_" not in name)
