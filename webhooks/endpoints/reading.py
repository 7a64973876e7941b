"""A request's raw bytes and headers, bounded and whole, or a refusal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from flask import Request

from webhooks.config import Source
from webhooks.errors import HooklineError, Rejected
from webhooks.event import Delivery, Headers

RAW_HEADERS = "hookline.headers"
"""The key of the WSGI environment under which the server leaves the headers as they came."""


Environ = Mapping[str, Any]
"""A WSGI environment. Flask's own view of a request costs more to make than all that is read here."""


class _Input(Protocol):
    def read(self, size: int, /) -> bytes: ...


def read_delivery(
    environ: Environ, *, source: Source, forwarded: tuple[str, ...], received_at: float
) -> Delivery:
    """Read the whole body, at most as large as the source takes.

    Neither Flask's form and file parsers nor its JSON parser are ever used: what is proven is
    the bytes.

    Args:
        environ: the request.
        source: whose endpoint was called.
        forwarded: headers of a proxy that are believed.
        received_at: seconds since the epoch (UTC).

    Raises:
        Rejected: the body is compressed, too large, shorter than announced or unreadable.
    """
    encoding = str(environ.get("HTTP_CONTENT_ENCODING", "identity")).strip().lower()
    if encoding not in ("", "identity") and not (encoding == "gzip" and source.provider.inflates):
        raise Rejected("encoding_unsupported", "send the body as it is, without a Content-Encoding")
    announced = _announced(environ)
    if announced is not None and announced > source.max_body:
        raise _too_large(source.max_body)
    return Delivery(
        method=environ["REQUEST_METHOD"],
        url=_url(environ, source, forwarded),
        headers=_headers(environ),
        body=_read_body(environ["wsgi.input"], limit=source.max_body, announced=announced),
        received_at=received_at,
    )


def path_of(environ: Environ) -> str:
    """Return the request's path as text; WSGI has each of its bytes as a character."""
    return str(environ["PATH_INFO"]).encode("latin-1").decode("utf-8", "replace")


def _url(environ: Environ, source: Source, forwarded: tuple[str, ...]) -> str:
    """Return the URL as its sender wrote it: Flask's own has been decoded and encoded again."""
    target = str(environ.get("RAW_URI") or environ.get("REQUEST_URI") or "")
    if not target:
        target = _request(environ).full_path.rstrip("?")
    if source.public_url is not None:
        _, mark, query = target.partition("?")
        return source.public_url + mark + query
    if not target.startswith("/"):
        # The absolute form, which only proxies use.
        return target
    scheme, host = environ["wsgi.url_scheme"], environ.get("HTTP_HOST") or _request(environ).host
    if forwarded:
        headers = _request(environ).headers
        believed = {name: headers.get(name, "").split(",")[0].strip() for name in forwarded}
        scheme = believed.get("X-Forwarded-Proto") or scheme
        host = believed.get("X-Forwarded-Host") or host
    return f"{scheme}://{host}{target}"


def _announced(environ: Environ) -> int | None:
    text = environ.get("CONTENT_LENGTH", "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit()):
        raise Rejected("request_unreadable", "Content-Length is not a whole number")
    return int(text.lstrip("0")[:18] or "0")


def _read_body(stream: _Input, *, limit: int, announced: int | None) -> bytes:
    # Werkzeug cannot tell a chunked body that was cut at MAX_CONTENT_LENGTH from a whole one, nor
    # gunicorn a body that ended early: so one byte more than allowed is asked for, and counted.
    wanted = limit + 1 if announced is None else announced
    chunks = []
    size = 0
    while size < wanted:
        try:
            chunk = stream.read(wanted - size)
        except HooklineError:
            # The server's own word on why there is no more.
            raise
        except Exception as error:
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


def _headers(environ: Environ) -> Headers:
    raw: Headers | None = environ.get(RAW_HEADERS)
    return tuple(_request(environ).headers.items()) if raw is None else raw


def _request(environ: Environ) -> Request:
    return Request(dict(environ), populate_request=False)
