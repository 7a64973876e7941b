"""What a signature looks like, as data. A wrong value is refused when the scheme is made."""

from __future__ import annotations

import dataclasses
import math
import re
from dataclasses import dataclass
from typing import Literal, get_args

Algorithm = Literal["sha1", "sha256", "sha512"]
Encoding = Literal["hex", "base64"]
KeyForm = Literal["text", "hex", "base64"]
Unit = Literal["s", "ms"]

_PLACEHOLDER = re.compile(r"(\{[^{}]*\})")
_NAMED = ("{body}", "{timestamp}", "{method}", "{url}")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[0-9A-Za-z+/=]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Timestamp:
    """Where the sender puts the time of signing, and how far it may be from ours.

    Attributes:
        header: the header that holds it, or None when it is a field of the signature header.
        field: the name of that field, for example Stripe's `t`.
        unit: seconds or milliseconds since the epoch (UTC).
        tolerance: seconds by which it may differ from our clock, both ways.
    """

    header: str | None = None
    field: str | None = None
    unit: Unit = "s"
    tolerance: float = 300.0

    def __post_init__(self) -> None:
        """Refuse a timestamp that is nowhere, in two places, or never old enough to refuse."""
        if bool(self.header) == bool(self.field):
            msg = "a timestamp is in a header or in a field of the signature header: name one of the two"
            raise ValueError(msg)
        if not 0 < self.tolerance < math.inf:
            msg = f"tolerance must be more than 0 seconds and finite, got {self.tolerance:g}"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyed:
    """A signature made with a shared key: the family that most providers belong to.

    Attributes:
        header: the header that holds the signature.
        prefix: the text before the signature, for example `sha256=`.
        field: the signature's name when the header is a list of `name=value`, for example `v1`.
        separator: what stands between the fields.
        algorithm: the hash under the HMAC.
        encoding: how the digest is written.
        key: what the configured secret is: literal text, hex or base64 of the key.
        signed: what is signed: `{body}`, `{timestamp}`, `{method}`, `{url}`, `{header:Name}`
            and literal text between them.
        timestamp: where the time of signing is, or None when the scheme has none.
    """

    header: str
    prefix: str = ""
    field: str | None = None
    separator: str = ","
    algorithm: Algorithm = "sha256"
    encoding: Encoding = "hex"
    key: KeyForm = "text"
    signed: str = "{body}"
    timestamp: Timestamp | None = None
    parts: tuple[str, ...] = dataclasses.field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Refuse what could never verify, or would verify too much."""
        for name, value, allowed in (
            ("algorithm", self.algorithm, get_args(Algorithm)),
            ("encoding", self.encoding, get_args(Encoding)),
            ("key", self.key, get_args(KeyForm)),
        ):
            if value not in allowed:
                msg = f"{name} must be one of {', '.join(allowed)}, got {value!r}"
                raise ValueError(msg)
        if not _TOKEN.fullmatch(self.header):
            msg = f"header must name the header that holds the signature, got {self.header!r}"
            raise ValueError(msg)
        if self.field is not None:
            self._check_list(self.field)
        if self.timestamp is not None and self.timestamp.field is not None and self.field is None:
            msg = "timestamp_field needs field: the header must be a list of name=value"
            raise ValueError(msg)
        parts = tuple(part for part in _PLACEHOLDER.split(self.signed) if part)
        self._check_signed(parts)
        object.__setattr__(self, "parts", parts)

    def _check_signed(self, parts: tuple[str, ...]) -> None:
        """Refuse a signature over too little, or over what is not there."""
        for part in parts:
            if part.startswith("{") and part not in _NAMED and not re.fullmatch(r"\{header:[^{}]+\}", part):
                msg = f"signed has an unknown placeholder {part}; known: {' '.join(_NAMED)} {{header:Name}}"
                raise ValueError(msg)
        if "{body}" not in parts:
            msg = f"signed must contain {{body}}, or anybody could send any body; got {self.signed!r}"
            raise ValueError(msg)
        if f"{{header:{self.header}}}".lower() in self.signed.lower():
            msg = f"signed names its own header {self.header}, which is not there before it is made"
            raise ValueError(msg)
        if "{timestamp}" in parts and self.timestamp is None:
            msg = "signed contains {timestamp}: say where it is with timestamp_header or timestamp_field"
            raise ValueError(msg)
        if self.timestamp is not None and "{timestamp}" not in parts:
            msg = "a timestamp that is not signed proves nothing: add {timestamp} to signed"
            raise ValueError(msg)

    def _check_list(self, field: str) -> None:
        """Refuse a list of `name=value` that could not be taken apart again."""
        stamp = self.timestamp.field if self.timestamp is not None else None
        if not self.separator or _VALUE.search(self.separator):
            msg = f"separator must be a sign that no value holds, such as a comma, got {self.separator!r}"
            raise ValueError(msg)
        if field == stamp:
            msg = f"field and timestamp_field must differ, both are {field!r}"
            raise ValueError(msg)
        for name in (field, *([stamp] if stamp is not None else [])):
            if not name or "=" in name or self.separator in name:
                msg = f"the name of a field must not be empty, nor hold = or the separator, got {name!r}"
                raise ValueError(msg)
        if self.separator in self.prefix:
            msg = f"prefix must not hold the separator, got {self.prefix!r}"
            raise ValueError(msg)


Scheme = Keyed
"""Every family of schemes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """The proof that a delivery came from who holds the secret.

    Attributes:
        secret: the position of the secret that matched, in the order configured.
        timestamp: the signed time in seconds since the epoch (UTC), where the scheme has one.
    """

    secret: int
    timestamp: float | None = None
