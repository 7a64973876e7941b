"""What ties a token to its request: hashes of the body or the URL among its claims."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol
from urllib.parse import quote, urlsplit

from webhooks.event import Delivery
from webhooks.forms import decoded_pairs, query_text
from webhooks.signatures.decoding import Encoding, encode
from webhooks.signatures.scheme import malformed, mismatch


class Binding(Protocol):
    """One claim about the request."""

    @property
    def claim(self) -> str:
        """The claim's name."""
        ...

    def expected(self, delivery: Delivery) -> str | None:
        """Return what the claim says for this request; None when it must be absent."""
        ...

    def check(self, claims: Mapping[str, Any], delivery: Delivery) -> None:
        """Raise `Rejected` when the claim is missing or says otherwise."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyHash:
    """The SHA-256 of the body.

    Attributes:
        claim: the claim's name.
        encoding: how the hash is written; padding after `base64url` is accepted.
        when_empty: whether an empty body is hashed like any other, must have no claim, or may.
    """

    claim: str
    encoding: Encoding
    when_empty: Literal["hashed", "absent", "either"] = "hashed"

    def expected(self, delivery: Delivery) -> str | None:
        """Return the hash of the body; None when it must be absent."""
        if not delivery.body and self.when_empty == "absent":
            return None
        return encode(hashlib.sha256(delivery.body).digest(), self.encoding)

    def check(self, claims: Mapping[str, Any], delivery: Delivery) -> None:
        """Raise `Rejected` when the claim does not say what this body hashes to."""
        given = claims.get(self.claim)
        if given is None and not delivery.body and self.when_empty == "either":
            return
        if self.encoding == "base64url" and isinstance(given, str):
            given = given.removesuffix("=")
        _compare(self.claim, given, self.expected(delivery))


@dataclass(frozen=True, slots=True, kw_only=True)
class UrlClaim:
    """The URL itself.

    Attributes:
        claim: the claim's name.
    """

    claim: str

    def expected(self, delivery: Delivery) -> str | None:
        """Return the URL."""
        return delivery.url

    def check(self, claims: Mapping[str, Any], delivery: Delivery) -> None:
        """Raise `Rejected` when the claim is another URL."""
        _compare(self.claim, claims.get(self.claim), delivery.url)


@dataclass(frozen=True, slots=True, kw_only=True)
class UrlHash:
    """The SHA-256 of the URL, hex.

    Attributes:
        claim: the claim's name.
    """

    claim: str

    def expected(self, delivery: Delivery) -> str | None:
        """Return the hash of the URL."""
        return hashlib.sha256(delivery.url.encode("utf-8", "surrogatepass")).hexdigest()

    def check(self, claims: Mapping[str, Any], delivery: Delivery) -> None:
        """Raise `Rejected` when the claim is the hash of another URL."""
        _compare(self.claim, claims.get(self.claim), self.expected(delivery))


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryStringHash:
    """Atlassian's `qsh`: method, path and sorted query, hashed.

    https://developer.atlassian.com/cloud/jira/platform/understanding-jwt-for-connect-apps/
    """

    claim: str = "qsh"

    def expected(self, delivery: Delivery) -> str | None:
        """Return the hash of the canonical request."""
        return hashlib.sha256(canonical_request(delivery).encode("utf-8", "surrogatepass")).hexdigest()

    def check(self, claims: Mapping[str, Any], delivery: Delivery) -> None:
        """Raise `Rejected` when the claim is the hash of another request."""
        _compare(self.claim, claims.get(self.claim), self.expected(delivery))


def canonical_request(delivery: Delivery) -> str:
    """Return Atlassian's canonical request; the parameter `jwt` is not part of it."""
    try:
        path = urlsplit(delivery.url).path
    except ValueError:
        raise malformed("the URL is not one") from None
    path = (path.rstrip("/") or "/").replace("&", "%26")
    pairs = decoded_pairs(query_text(delivery.url))
    if pairs is None:
        raise malformed("the URL has too many fields")
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        if name != "jwt":
            values.setdefault(_escaped(name), []).append(_escaped(value))
    query = "&".join(f"{name}={','.join(sorted(values[name]))}" for name in sorted(values))
    return f"{delivery.method.upper()}&{path}&{query}"


def _escaped(text: str) -> str:
    return quote(text, safe="-._~", errors="replace")


def _compare(claim: str, given: Any, expected: str | None) -> None:
    if given != expected:
        raise mismatch(f"the claim {claim}")
