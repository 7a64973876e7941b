"""Requests that two servers could read in two ways, or that are cut, too long or nonsense.

The names say what is wrong; the statuses are all that may be answered, in order.
"""

from __future__ import annotations

from dataclasses import dataclass

PATH = b"/webhooks/stripe"
LINE = b"POST " + PATH + b" HTTP/1.1\r\n"
HOST = b"Host: a\r\n"


@dataclass(frozen=True)
class Case:
    """One request.

    Attributes:
        name: what is wrong with it.
        raw: the bytes.
        statuses: the only answers allowed, one for each request in it.
        half_close: whether the sender says that no more comes.
    """

    name: str
    raw: bytes
    statuses: tuple[int, ...]
    half_close: bool = True


def _post(headers: bytes, body: bytes = b"") -> bytes:
    return LINE + HOST + headers + b"\r\n" + body


CL = b"Content-Length: "
TE = b"Transfer-Encoding: "
WHOLE = _post(CL + b"2\r\n", b"{}")
CHUNKED = TE + b"chunked\r\n"
END = b"0\r\n\r\n"

FRAMING = (
    Case("a length beside chunks", _post(CL + b"2\r\n" + CHUNKED, END), (400,)),
    Case("chunks beside a length", _post(CHUNKED + CL + b"2\r\n", END), (400,)),
    Case("two different lengths", _post(CL + b"2\r\n" + CL + b"3\r\n", b"{}}"), (400,)),
    Case("the same length twice", _post(CL + b"2\r\n" + CL + b"2\r\n", b"{}"), (400,)),
    Case("a list of lengths", _post(CL + b"2, 2\r\n", b"{}"), (400,)),
    Case("a length with a plus", _post(CL + b"+2\r\n", b"{}"), (400,)),
    Case("a negative length", _post(CL + b"-2\r\n", b"{}"), (400,)),
    Case("a length in hex", _post(CL + b"0x2\r\n", b"{}"), (400,)),
    Case("a length with an underscore", _post(CL + b"1_0\r\n", b"{}"), (400,)),
    Case("a length with a point", _post(CL + b"2.0\r\n", b"{}"), (400,)),
    Case("a length in other digits", _post(CL + "²".encode("latin-1") + b"\r\n", b"{}"), (400,)),
    Case("an empty length", _post(CL + b"\r\n", b"{}"), (400,)),
    Case("a length beyond all numbers", _post(CL + b"9" * 5000 + b"\r\n", b"{}"), (413,)),
    Case("a length of 2^64 and 2", _post(CL + b"18446744073709551618\r\n", b"{}"), (413,)),
    Case("a length with zeros before it", _post(CL + b"0" * 30 + b"2\r\n", b"{}"), (401,)),
    Case("an unknown coding", _post(TE + b"xchunked\r\n", END), (501,)),
    Case("a coding before chunked", _post(TE + b"gzip, chunked\r\n", END), (400,)),
    Case("chunked before a coding", _post(TE + b"chunked, gzip\r\n", END), (400,)),
    Case("chunked twice", _post(TE + b"chunked, chunked\r\n", END), (400,)),
    Case("chunked in two headers", _post(CHUNKED + CHUNKED, END), (400,)),
    Case("identity", _post(TE + b"identity\r\n", b"{}"), (400,)),
    Case("chunked after a vertical tab", _post(TE + b"\x0bchunked\r\n", END), (400,)),
    Case("chunked in quotes", _post(TE + b'"chunked"\r\n', END), (501,)),
    Case("an empty coding", _post(TE + b"\r\n", END), (501,)),
    Case("a coding with a space before its colon", _post(b"Transfer-Encoding : chunked\r\n", END), (400,)),
    Case("a coding with a tab before its colon", _post(b"Transfer-Encoding\t: chunked\r\n", END), (400,)),
    Case("a folded coding", _post(b"Transfer-Encoding:\r\n chunked\r\n", END), (400,)),
    Case("a coding after a bare CR", _post(b"X: y\rTransfer-Encoding: chunked\r\n", END), (400,)),
    Case("a coding after a bare LF", _post(b"X: y\nTransfer-Encoding: chunked\r\n", END), (400,)),
    Case("chunks in HTTP/1.0", _post(CHUNKED, END).replace(b"HTTP/1.1", b"HTTP/1.0"), (400,)),
    Case("a coding spelled with an underscore", _post(b"Transfer_Encoding: chunked\r\n", b""), (401,)),
    Case("a length spelled with an underscore", _post(b"Content_Length: 9\r\n", b""), (401,)),
)

CHUNKS = (
    Case("a chunk shorter than it says", _post(CHUNKED, b"5\r\nab\r\n0\r\n\r\n"), (400,)),
    Case("a chunk longer than it says", _post(CHUNKED, b"2\r\nabcd\r\n0\r\n\r\n"), (400,)),
    Case("no last chunk", _post(CHUNKED, b"2\r\nab\r\n"), (400,)),
    Case("no line end after the last chunk", _post(CHUNKED, b"2\r\nab\r\n0\r\n"), (400,)),
    Case("half a line end after the last chunk", _post(CHUNKED, b"2\r\nab\r\n0\r\n\r"), (400,)),
    Case("a negative chunk", _post(CHUNKED, b"-2\r\nab\r\n0\r\n\r\n"), (400,)),
    Case("a chunk with a plus", _post(CHUNKED, b"+2\r\nab\r\n0\r\n\r\n"), (400,)),
    Case("a chunk in 0x", _post(CHUNKED, b"0x2\r\nab\r\n0\r\n\r\n"), (400,)),
    Case("a chunk with an underscore", _post(CHUNKED, b"0_2\r\nab\r\n0\r\n\r\n"), (400,)),
    Case("a chunk of no size", _post(CHUNKED, b"\r\nab\r\n0\r\n\r\n"), (400,)),
    Case("a chunk with a space before it", _post(CHUNKED, b" 2\r\nab\r\n0\r\n\r\n"), (400,)),
    Case("a chunk with a space after it", _post(CHUNKED, b"2 \r\nab\r\n0\r\n\r\n"), (400,)),
    Case("a chunk of 2^64 and 2", _post(CHUNKED, b"10000000000000002\r\nab\r\n0\r\n\r\n"), (400,)),
    Case("a chunk after a bare LF", _post(CHUNKED, b"2\nab\r\n0\r\n\r\n"), (400,)),
    Case("a chunk that ends with a bare LF", _post(CHUNKED, b"2\r\nab\n0\r\n\r\n"), (400,)),
    Case("an extension", _post(CHUNKED, b'2;a=b;c="d;e"\r\nab\r\n0\r\n\r\n'), (401,)),
    Case("an extension with a bare CR", _post(CHUNKED, b"2;a\rb\r\nab\r\n0\r\n\r\n"), (400,)),
    Case("an extension with a bare LF", _post(CHUNKED, b"2;a\nb\r\nab\r\n0\r\n\r\n"), (400,)),
    Case("an extension that is no word", _post(CHUNKED, b"2;=\r\nab\r\n0\r\n\r\n"), (400,)),
    Case("an endless extension", _post(CHUNKED, b"2;" + b"a" * 70_000 + b"\r\nab\r\n0\r\n\r\n"), (400,)),
    Case("a trailer", _post(CHUNKED, b"0\r\nX: y\r\n\r\n"), (401,)),
    Case("a trailer that frames", _post(CHUNKED, b"0\r\nContent-Length: 3\r\n\r\n"), (400,)),
    Case("a folded trailer", _post(CHUNKED, b"0\r\nX: y\r\n z\r\n\r\n"), (400,)),
    Case("a trailer with a bare LF", _post(CHUNKED, b"0\r\nX: y\n\r\n"), (400,)),
    Case("an endless trailer", _post(CHUNKED, b"0\r\nX: " + b"y" * 70_000), (400,)),
)

HEADS = (
    Case("a folded header", _post(b"X: a\r\n b\r\n" + CL + b"0\r\n"), (400,)),
    Case("a header folded by a tab", _post(b"X: a\r\n\tb\r\n"), (400,)),
    Case("a space before the first header", LINE + b" X: a\r\n" + HOST + b"\r\n", (400,)),
    Case("a space before a colon", _post(b"X : a\r\n"), (400,)),
    Case("a header of no name", _post(b": a\r\n"), (400,)),
    Case("a header of no colon", _post(b"nonsense\r\n"), (400,)),
    Case("a name beyond ASCII", _post("é: a\r\n".encode()), (400,)),
    Case("NUL in a value", _post(b"X: a\x00b\r\n"), (400,)),
    Case("NUL in a name", _post(b"X\x00: a\r\n"), (400,)),
    Case("a control character in a value", _post(b"X: a\x08b\r\n"), (400,)),
    Case("DEL in a value", _post(b"X: a\x7f\r\n"), (400,)),
    Case("bytes beyond ASCII in a value", _post(b"X: \xff\xfe\r\n"), (401,)),
    Case("bare LF everywhere", WHOLE.replace(b"\r\n", b"\n"), (400,)),
    Case("bare LF at the end of the head", LINE + HOST + b"\n", (400,)),
    Case("bare LF after the first line", LINE[:-2] + b"\n" + HOST + b"\r\n", (400,)),
    Case("bare CR at line ends", WHOLE.replace(b"\r\n", b"\r"), (400,)),
    Case("two CR before LF", LINE + b"Host: a\r\r\n\r\n", (400,)),
    Case("no Host", LINE + b"\r\n", (400,)),
    Case("two Hosts", LINE + HOST + HOST + b"\r\n", (400,)),
    Case("two types", _post(b"Content-Type: a/b\r\nContent-Type: c/d\r\n"), (400,)),
    Case("an empty line first", b"\r\n" + WHOLE, (401,)),
    Case("101 headers", _post(b"".join(b"X-%d: a\r\n" % n for n in range(101))), (431,)),
    Case("a thousand headers", _post(b"X: a\r\n" * 1000), (431,)),
    Case("a header of 9 kB", _post(b"X: " + b"a" * 9000 + b"\r\n"), (431,)),
    Case("a name of 9 kB", _post(b"X" * 9000 + b": a\r\n"), (431,)),
    Case(
        "a head of 200 kB", _post(b"".join(b"X-%d: " % n + b"a" * 4000 + b"\r\n" for n in range(50))), (431,)
    ),
    Case("a header that never ends", LINE + HOST + b"X: " + b"a" * 100_000, (431,)),
    Case("a head that is cut", LINE + b"Host: a", (400,)),
    Case("a target of 9 kB", b"POST /" + b"a" * 9000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", (414,)),
    Case("a first line that never ends", b"POST /" + b"a" * 100_000, (414,)),
    Case("an expectation beyond 100-continue", _post(b"Expect: 200-ok\r\n"), (417,)),
    Case(
        "100-continue in HTTP/1.0",
        _post(b"Expect: 100-continue\r\n" + CL + b"2\r\n", b"{}").replace(b"HTTP/1.1", b"HTTP/1.0"),
        (401,),
    ),
)

LINES = (
    Case("nothing but CR LF", b"\r\n\r\n\r\n\r\n", (400,)),
    Case("bytes", bytes(range(256)) + b"\r\n\r\n", (400,)),
    Case("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\xab" * 500, (400,)),
    Case("HTTP/0.9", b"GET " + PATH + b"\r\n", (400,)),
    Case("HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", (400,)),
    Case("HTTP/1.2", WHOLE.replace(b"HTTP/1.1", b"HTTP/1.2"), (400,)),
    Case("HTTP/9.9", WHOLE.replace(b"HTTP/1.1", b"HTTP/9.9"), (400,)),
    Case("http/1.1", WHOLE.replace(b"HTTP/1.1", b"http/1.1"), (400,)),
    Case("a version with a space", WHOLE.replace(b"HTTP/1.1", b"HTTP/1.1 "), (400,)),
    Case("two spaces", WHOLE.replace(b"POST ", b"POST  "), (400,)),
    Case("a tab for a space", WHOLE.replace(b"POST ", b"POST\t"), (400,)),
    Case("a method in lower case", WHOLE.replace(b"POST", b"post"), (400,)),
    Case("a method with NUL", WHOLE.replace(b"POST", b"PO\x00ST"), (400,)),
    Case("a method of one letter", WHOLE.replace(b"POST", b"P"), (400,)),
    Case("an unknown method", WHOLE.replace(b"POST", b"BREW"), (405,)),
    Case("TRACE", _post(b"").replace(b"POST", b"TRACE"), (405,)),
    Case("CONNECT", b"CONNECT a:443 HTTP/1.1\r\n" + HOST + b"\r\n", (405,)),
    Case("OPTIONS *", b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n", (404,)),
    Case("POST *", b"POST * HTTP/1.1\r\n" + HOST + b"\r\n", (400,)),
    Case("a target without a slash", WHOLE.replace(PATH, b"webhooks/stripe"), (400,)),
    Case("an absolute target", WHOLE.replace(PATH, b"http://a" + PATH), (401,)),
    Case("an absolute target of another scheme", WHOLE.replace(PATH, b"file:///etc/passwd"), (400,)),
    Case("a target with NUL", WHOLE.replace(PATH, PATH + b"\x00"), (400,)),
    Case("a target beyond ASCII", WHOLE.replace(PATH, b"/\xff"), (400,)),
    Case("an escaped NUL", WHOLE.replace(PATH, PATH + b"%00"), (404,)),
    Case("a broken escape", WHOLE.replace(PATH, PATH + b"%zz"), (404,)),
    Case("a way up", WHOLE.replace(PATH, b"/webhooks/../livez"), (404,)),
    Case("two slashes", WHOLE.replace(PATH, b"//webhooks//stripe"), (404,)),
    Case("an upgrade", _post(b"Connection: Upgrade\r\nUpgrade: h2c\r\n" + CL + b"2\r\n", b"{}"), (401,)),
)

BODIES = (
    Case("cut", _post(CL + b"100\r\n", b"short"), (400,)),
    Case("cut after nothing", _post(CL + b"100\r\n"), (400,)),
    Case("gzip", _post(CL + b"2\r\nContent-Encoding: gzip\r\n", b"{}"), (415,)),
    Case("br", _post(CL + b"2\r\nContent-Encoding: br\r\n", b"{}"), (415,)),
    Case("an unknown encoding", _post(CL + b"2\r\nContent-Encoding: \xff\r\n", b"{}"), (415,)),
    Case("for nobody", _post(CL + b"50000000\r\n", b"a").replace(PATH, b"/webhooks/nobody"), (404,), False),
    Case("for no path", _post(CL + b"50000000\r\n", b"a").replace(PATH, b"/"), (404,), False),
)

ORDER = (
    Case("three in one go", WHOLE * 3, (401, 401, 401)),
    Case(
        "a hidden second request in a length",
        _post(CL + b"2\r\n", b"{}") + b"GET /livez HTTP/1.1\r\n" + HOST + b"\r\n",
        (401, 200),
    ),
    Case("nothing after a refusal", _post(CL + b"+2\r\n", b"{}") + WHOLE, (400,)),
    Case("nothing after a close", _post(CL + b"2\r\nConnection: close\r\n", b"{}") + WHOLE, (401,)),
    Case("nothing after HTTP/1.0", WHOLE.replace(b"HTTP/1.1", b"HTTP/1.0") + WHOLE, (401,)),
    Case("a hundred in one go", WHOLE * 100, (401,) * 100),
    Case("a second one that is cut", WHOLE + LINE, (401, 400)),
)

CASES = (*FRAMING, *CHUNKS, *HEADS, *LINES, *BODIES, *ORDER)
"""What every receiver with an unsigned source `stripe` answers alike."""


def over(limit: int) -> tuple[Case, ...]:
    """Return what is too large for a receiver that takes `limit` bytes."""
    length = CL + str(limit + 1).encode() + b"\r\n"
    chunk = b"%x\r\n" % (limit // 2) + b"a" * (limit // 2) + b"\r\n"
    return (
        Case("too large", _post(length, b"a" * (limit + 1)), (413,)),
        Case("too large and cut", _post(length, b"a"), (413,)),
        Case("too large and waiting", _post(length + b"Expect: 100-continue\r\n"), (413,), half_close=False),
        Case("too large and something after it", _post(length, b"a" * (limit + 1)) + WHOLE, (413,)),
        Case("too large a chunk", _post(CHUNKED, b"%x\r\n" % (limit + 1)), (413,), half_close=False),
        Case("too large bit by bit", _post(CHUNKED, chunk * 3 + END), (413,)),
        Case("an endless body", _post(CHUNKED, chunk * 8), (413,)),
    )
