"""A request's head, read strictly: what two readers could read in two ways is refused.

The grammar is RFC 9112's without anything obsolete, and no laxer than gunicorn's own parser,
against which the tests hold it.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from webhooks.errors import Rejected

MAX_LINE = 8190
"""Bytes of the longest request line."""

MAX_FIELD = 8190
"""Bytes of the longest header with its name and line end."""

MAX_FIELDS = 100
"""Headers of one request."""

MAX_HEAD = 64 * 1024
"""Bytes of a whole head: each connection may hold as many before anything of it is proven."""

TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_FIELD_LINES = rb"((?:" + TOKEN + rb":[^\x00-\x08\x0a-\x1f\x7f]*\r\n)*)"
# A method is upper case, as all registered ones are. The target is printable ASCII (RFC 3986).
_LINE = rb"([!$%&'*+\-.^_`|~0-9A-Z]{3,20}) ([\x21-\x7e]+) HTTP/1\.([01])\r\n"
_REQUEST_LINE = re.compile(_LINE)
_HEAD = re.compile(_LINE + _FIELD_LINES + rb"\r\n")
_TRAILERS = re.compile(_FIELD_LINES + rb"\r\n")
_FIELD = re.compile(r"([^:]+):[ \t]*([^\r]*)\r\n")

_SINGLE = ("HTTP_HOST", "CONTENT_TYPE", "CONTENT_LENGTH", "HTTP_EXPECT")
"""Headers of which a second one makes a request ambiguous (RFC 9110 §5.3)."""

_NOT_TRAILERS = frozenset(
    ("HTTP_HOST", "CONTENT_LENGTH", "HTTP_TRANSFER_ENCODING", "HTTP_TRAILER", "HTTP_AUTHORIZATION", "HTTP_TE")
)
"""Headers that may not come after a body (RFC 9110 §6.5.1)."""

_CODINGS = frozenset(("gzip", "x-gzip", "deflate", "compress", "x-compress", "identity", "chunked"))
_DIGITS = 18
_KNOWN_NAMES = 512
_names: dict[str, tuple[str, str]] = {}


class Head(NamedTuple):
    """What stands before a body.

    Attributes:
        method: upper case.
        target: the request target as it was written.
        path: its path, percent-decoded, as WSGI wants it (each byte one character).
        query: what follows its `?`.
        fields: the headers under their WSGI names, repeated ones joined by commas.
        headers: the headers in their order and with their repeats, `Title-Case`.
        length: bytes of the body; None when it comes in chunks.
        keep_alive: whether the sender wants to use the connection again.
        waits: whether the sender waits for `100 Continue` before it sends the body.
        end: where the body begins in what was read.
    """

    method: str
    target: str
    path: str
    query: str
    fields: dict[str, str]
    headers: tuple[tuple[str, str], ...]
    length: int | None
    keep_alive: bool
    waits: bool
    end: int


def read_head(data: bytes) -> Head:
    """Read the head at the start of `data`, which holds its end, an empty line.

    Raises:
        Rejected: `request_unreadable`, `uri_too_long`, `headers_too_large`,
            `transfer_coding_unsupported`, `expectation_failed` or `method_not_allowed`.
    """
    found = _HEAD.match(data)
    if found is None:
        check_start(data)
        raise _unreadable("the head is not that of an HTTP/1.1 request")
    method, raw_target, minor, lines = found.groups()
    if found.end(2) + len(" HTTP/1.1") > MAX_LINE:
        raise Rejected("uri_too_long", f"a request line has at most {MAX_LINE} bytes")
    fields, headers, repeated = _read_fields(lines)
    if not repeated.isdisjoint(_SINGLE):
        raise _unreadable("a header that may come once came twice")
    target = raw_target.decode("ascii")
    path, query = _split(method, target)
    newer = minor == b"1"
    if newer and "HTTP_HOST" not in fields:
        raise _unreadable("a Host header is missing")
    return Head(
        method=method.decode("ascii"),
        target=target,
        path=unquote_to_bytes(path).decode("latin-1") if "%" in path else path,
        query=query,
        fields=fields,
        headers=headers,
        length=_length(fields, newer=newer),
        keep_alive=_keeps_alive(fields, newer=newer),
        waits=_waits(fields, newer=newer),
        end=found.end(),
    )


def check_start(data: bytes) -> None:
    """Refuse the start of a head that can never become a whole one; say what is wrong with one that is.

    Raises:
        Rejected: as `read_head`.
    """
    end = data.find(b"\r\n")
    if end > MAX_LINE or (end < 0 and len(data) > MAX_LINE):
        raise Rejected("uri_too_long", f"a request line has at most {MAX_LINE} bytes")
    if data.count(b"\n") != data.count(b"\r\n"):
        raise _unreadable("a line does not end with CR and LF")
    if end >= 0 and _REQUEST_LINE.match(data) is None:
        raise _unreadable("the first line is not that of an HTTP/1.1 request")
    head, whole, _ = data.partition(b"\r\n\r\n")
    _check_sizes(head[end + 2 :] if whole else data[end + 2 :])


def check_trailers(lines: bytes) -> None:
    """Check what follows the last chunk, with the empty line at its end; nothing of it is used.

    Raises:
        Rejected: it is not made of headers, or of some that may not stand there.
    """
    if _TRAILERS.fullmatch(lines) is None:
        raise _unreadable("what follows the last chunk cannot be read")
    fields, _, _ = _read_fields(lines[:-2])
    if not _NOT_TRAILERS.isdisjoint(fields):
        raise _unreadable("a header stands after the body that may not")


def _read_fields(lines: bytes) -> tuple[dict[str, str], tuple[tuple[str, str], ...], set[str]]:
    if len(lines) > MAX_FIELD:
        _check_sizes(lines)
    pairs = _FIELD.findall(lines.decode("latin-1"))
    if len(pairs) > MAX_FIELDS:
        raise Rejected("headers_too_large", f"a request has at most {MAX_FIELDS} headers")
    fields: dict[str, str] = {}
    headers: list[tuple[str, str]] = []
    repeated: set[str] = set()
    for name, given in pairs:
        key, title = _names.get(name) or _learn(name)
        if not key:
            continue
        value = given.rstrip(" \t")
        headers.append((title, value))
        if key in fields:
            repeated.add(key)
            fields[key] += "," + value
        else:
            fields[key] = value
    return fields, tuple(headers), repeated


def _learn(name: str) -> tuple[str, str]:
    """Return a header's WSGI name, empty when it is not passed on, and its name in title case."""
    if "_" in name:
        # It would be another header's double further on.
        known = ("", "")
    else:
        key = name.upper().replace("-", "_")
        plain = key in ("CONTENT_TYPE", "CONTENT_LENGTH")
        known = (key if plain else f"HTTP_{key}", name.title())
    if len(_names) < _KNOWN_NAMES:
        _names[name] = known
    return known


def _check_sizes(lines: bytes) -> None:
    found = lines.split(b"\r\n")
    if len(lines) > MAX_HEAD or any(len(line) + 2 > MAX_FIELD for line in found):
        raise Rejected("headers_too_large", f"a header has at most {MAX_FIELD} bytes")
    if len(found) > MAX_FIELDS + 1:
        raise Rejected("headers_too_large", f"a request has at most {MAX_FIELDS} headers")


def _split(method: bytes, target: str) -> tuple[str, str]:
    """Return a target's path and query; it may name scheme and host before them (RFC 9112 §3.2)."""
    if method == b"CONNECT":
        raise Rejected("method_not_allowed", "this server is no tunnel")
    rest = target.partition("#")[0]
    if not rest.startswith("/"):
        scheme, mark, after = rest.partition("://")
        if mark and scheme.lower() in ("http", "https"):
            _, slash, rest = after.partition("/")
            rest = slash + rest or "/"
        elif not (rest == "*" and method == b"OPTIONS"):
            raise _unreadable("the request target cannot be read")
    path, _, query = rest.partition("?")
    return path, query


def _length(fields: dict[str, str], *, newer: bool) -> int | None:
    """Return the body's length, None for chunks; refuse what could be framed in another way too."""
    text = fields.get("CONTENT_LENGTH")
    codings = fields.get("HTTP_TRANSFER_ENCODING")
    if codings is None:
        if text is None:
            return 0
        if not (text.isascii() and text.isdigit()):
            raise _unreadable("Content-Length is not a whole number")
        # Python would refuse to read thousands of digits; these few are more than any limit.
        return int(text.lstrip("0")[:_DIGITS] or "0")
    named = [coding.strip(" \t").lower() for coding in codings.split(",")]
    if not _CODINGS.issuperset(named):
        raise Rejected("transfer_coding_unsupported", "send the body with no other coding than chunked")
    if named != ["chunked"] or not newer:
        raise _unreadable("Transfer-Encoding must be chunked, and of HTTP/1.1")
    if text is not None:
        raise _unreadable("Content-Length and Transfer-Encoding exclude each other")
    return None


def _keeps_alive(fields: dict[str, str], *, newer: bool) -> bool:
    wish = fields.get("HTTP_CONNECTION")
    if wish is None:
        return newer
    options = [option.strip(" \t") for option in wish.lower().split(",")]
    if "close" in options:
        return False
    return newer or "keep-alive" in options


def _waits(fields: dict[str, str], *, newer: bool) -> bool:
    wish = fields.get("HTTP_EXPECT")
    if wish is None:
        return False
    if wish.lower() != "100-continue":
        raise Rejected("expectation_failed", "nothing else than 100-continue can be expected")
    # RFC 9110 §10.1.1: ignored in an HTTP/1.0 request.
    return newer


def _unreadable(sentence: str) -> Rejected:
    return Rejected("request_unreadable", sentence)
