"""How signatures, time and signed text are laid out in a request; what proves them is the family's."""

from __future__ import annotations

import dataclasses
import re
from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import get_args

from webhooks.errors import Rejected
from webhooks.event import Delivery
from webhooks.places import Place, Reader, check_place
from webhooks.signatures.decoding import Encoding, decode
from webhooks.signatures.scheme import NO_OPTIONS, Options, Scheme, Secret, Verified, malformed, mismatch
from webhooks.signatures.template import Part, parts_of, render
from webhooks.signatures.timestamps import Timestamp

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[0-9A-Za-z+/=]")
_URL_VALUE = re.compile(r"[-_]")

Form = Callable[[Delivery, str], tuple[bytes, ...]]
"""A canonical form that no template can say: from the request and the text of its timestamp to the
texts of which one must be signed; raises `Rejected` when the request has no such form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope(Scheme):
    """Where a request carries its signature, and what the signature is over.

    Attributes:
        header: the header that holds the signature.
        more_headers: other headers that may hold one too, while a key is being rotated.
        place: where the signature is, when it is in no header.
        prefix: the text before each signature, for example `sha256=`.
        field: the signature's name when the header is a list of `name=value`, for example `v1`.
        separator: what stands between the signatures or fields; without one the header holds a
            single signature, or fields between commas.
        encoding: how the signature is written.
        signed: what is signed: `{body}`, `{timestamp}`, `{method}`, `{url}`, `{secret}`, any place
            in braces such as `{header:Name}`, and literal text between them; or a `Form`.
        covers_body: whether the body is signed; a template must say False to go without `{body}`.
        timestamp: where the time of signing is, or None when the scheme has none.
        requires: headers that must have exactly these values, such as a signature's version.
    """

    header: str = ""
    more_headers: tuple[str, ...] = ()
    place: Place | None = None
    prefix: str = ""
    field: str | None = None
    separator: str = ""
    encoding: Encoding = "hex"
    signed: str | Form = "{body}"
    covers_body: bool = True
    timestamp: Timestamp | None = None
    requires: tuple[tuple[str, str], ...] = ()
    parts: tuple[Part, ...] = dataclasses.field(init=False, repr=False, default=())
    names: frozenset[str] = dataclasses.field(init=False, repr=False, default=frozenset())
    salted: bool = dataclasses.field(init=False, repr=False, default=False)

    def __post_init__(self) -> None:
        """Refuse what could never verify, or would verify too much."""
        if self.encoding not in get_args(Encoding):
            msg = f"encoding must be one of {', '.join(get_args(Encoding))}, got {self.encoding!r}"
            raise ValueError(msg)
        for name in (self.header, *self.more_headers):
            if not _TOKEN.fullmatch(name) and not (name == "" and self.place is not None):
                msg = f"header must name the header that holds the signature, got {name!r}"
                raise ValueError(msg)
        if self.field is not None or self.separator:
            self._check_separator(self.separator or ",")
        if self.field is not None:
            self._check_fields(self.field, self.separator or ",")
        if self.place is not None:
            check_place(self.place)
        if self.timestamp is not None and self.timestamp.field is not None and self.field is None:
            msg = "timestamp_field needs field: the header must be a list of name=value"
            raise ValueError(msg)
        names = frozenset(name.lower() for name in (self.header, *self.more_headers))
        object.__setattr__(self, "names", names)
        if isinstance(self.signed, str):
            object.__setattr__(self, "parts", self._checked_parts(self.signed))
            object.__setattr__(self, "salted", ("secret", "") in self.parts)

    def _check_separator(self, separator: str) -> None:
        """Refuse a list that could not be taken apart again."""
        if _VALUE.search(separator) or (self.encoding == "base64url" and _URL_VALUE.search(separator)):
            msg = f"separator must be a sign that no value holds, such as a comma, got {separator!r}"
            raise ValueError(msg)
        if separator in self.prefix:
            msg = f"prefix must not hold the separator, got {self.prefix!r}"
            raise ValueError(msg)

    def _check_fields(self, field: str, separator: str) -> None:
        """Refuse names of fields that could not be told apart again."""
        stamp = self.timestamp.field if self.timestamp is not None else None
        if field == stamp:
            msg = f"field and timestamp_field must differ, both are {field!r}"
            raise ValueError(msg)
        for name in (field, *([stamp] if stamp is not None else [])):
            if not name or "=" in name or separator in name:
                msg = f"the name of a field must not be empty, nor hold = or the separator, got {name!r}"
                raise ValueError(msg)

    def _checked_parts(self, template: str) -> tuple[Part, ...]:
        parts = parts_of(template)
        kinds = [kind for kind, _ in parts]
        if self.covers_body and "body" not in kinds:
            msg = f"signed must contain {{body}}, or anybody could send any body; got {template!r}"
            raise ValueError(msg)
        if ("header", self.header.lower()) in [(kind, name.lower()) for kind, name in parts]:
            msg = f"signed names its own header {self.header}, which is not there before it is made"
            raise ValueError(msg)
        timed = self.timestamp is not None
        if "timestamp" in kinds and not timed:
            msg = "signed contains {timestamp}: say where it is with timestamp_header or timestamp_field"
            raise ValueError(msg)
        in_body = self.timestamp is not None and self.timestamp.place is not None and self.covers_body
        if timed and not in_body and "timestamp" not in kinds:
            msg = "a timestamp that is not signed proves nothing: add {timestamp} to signed"
            raise ValueError(msg)
        return parts

    @property
    def where(self) -> str:
        """Name the place of the signature for a message."""
        return f"header {self.header}" if self.header else str(self.place)

    @property
    def spot(self) -> Place:
        """Name the place of the signature."""
        return self.place or f"header:{self.header}"

    @abstractmethod
    def check_secret(self, secret: Secret) -> None:
        """Raise `ValueError` when a secret is empty or not of this scheme's form."""

    @abstractmethod
    def prover(self, delivery: Delivery, stamp: str) -> Callable[[Secret, Sequence[bytes]], bool]:
        """Return what says whether a secret made one of these signatures over this request."""

    @property
    @abstractmethod
    def size(self) -> int | None:
        """The length of a signature in bytes, where all have the same."""

    def verify(
        self, delivery: Delivery, secrets: Sequence[Secret], *, now: float, options: Options = NO_OPTIONS
    ) -> Verified:
        """Prove a delivery, or raise `Rejected`; no option is looked at.

        The signature is judged before the time is believed, so that only who knows the secret
        learns what our clock says.
        """
        del options
        signatures, field = self.signatures(delivery)
        stamp, time = "", None
        if self.timestamp is not None:
            stamp = self.timestamp.text(delivery, field)
            time = self.timestamp.seconds(stamp)
        proves = self.prover(delivery, stamp)
        for position, secret in enumerate(secrets):
            if proves(secret, signatures):
                if self.timestamp is not None and time is not None:
                    self.timestamp.check(time, now)
                return Verified(secret=position, timestamp=time)
        raise self.mismatch()

    def signatures(self, delivery: Delivery) -> tuple[list[bytes], str | None]:
        """Return the well-formed signatures, and the text of the first timestamp field.

        Raises:
            Rejected: there is no signature, or none of the scheme's form.
        """
        texts = self._texts(delivery)
        if not texts:
            raise Rejected("signature_missing", f"{self.where} is missing or empty")
        for name, wanted in self.requires:
            if delivery.header(name) != wanted:
                raise malformed(f"header {name} must be {wanted}")
        return self._read(texts)

    def mismatch(self) -> Rejected:
        """Return the refusal of signatures that no configured secret made."""
        return mismatch(self.where)

    def messages(self, delivery: Delivery, stamp: str, key: bytes = b"") -> tuple[bytes, ...]:
        """Return the texts of which one must be signed; usually there is one."""
        if isinstance(self.signed, str):
            return (render(self.parts, delivery, stamp=stamp, key=key),)
        return self.signed(delivery, stamp)

    def written(self, signature: str, stamp: str) -> str:
        """Write a signature as the header carries it."""
        text = self.prefix + signature
        if self.field is None:
            return text
        text = f"{self.field}={text}"
        if self.timestamp is not None and self.timestamp.field is not None:
            text = f"{self.timestamp.field}={stamp}{self.separator or ','}{text}"
        return text

    def _texts(self, delivery: Delivery) -> list[str]:
        """Return what stands where signatures may be, the empty left out."""
        if self.place is not None:
            found = Reader(delivery)(self.place)
            return [found] if found else []
        if not self.more_headers:
            text = delivery.header(self.header)
            return [text] if text else []
        return [text for name, text in delivery.headers if text and name.lower() in self.names]

    def _read(self, texts: list[str]) -> tuple[list[bytes], str | None]:
        """Return the well-formed signatures, and the text of the first timestamp field."""
        stamp = None
        if self.field is not None:
            written, stamp = self._fields(texts)
        elif self.separator:
            written = [part for text in texts for part in text.split(self.separator)]
        else:
            written = texts
        size, prefix, encoding = self.size, self.prefix, self.encoding
        signatures = [
            signature
            for value in written
            if value.startswith(prefix)
            and (signature := decode(value[len(prefix) :], encoding)) is not None
            and (size is None or len(signature) == size)
        ]
        if not signatures:
            form = f"{self.field}=" if self.field else ""
            raise malformed(
                f"{self.where} holds no signature of the form {form}{self.prefix}<{self.encoding}>"
            )
        return signatures, stamp

    def _fields(self, texts: list[str]) -> tuple[list[str], str | None]:
        """Return the values of the signature's field, and the first of the timestamp's."""
        own, other = self.field, None if self.timestamp is None else self.timestamp.field
        separator = self.separator or ","
        written: list[str] = []
        stamp = None
        for text in texts:
            for part in text.split(separator):
                name, _, value = part.partition("=")
                if name == own:
                    written.append(value)
                elif stamp is None and name == other:
                    stamp = value
        return written, stamp
