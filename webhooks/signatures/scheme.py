"""What every family of signatures has in common."""

from __future__ import annotations

import hmac
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from webhooks.errors import Rejected
from webhooks.event import Delivery

Secret = str | Mapping[str, str]
"""One configured secret: a text, or a table where a provider's credentials come in several parts."""

Options = Mapping[str, Any]
"""What a source configures beside its secrets; each family says what it looks for.

`fetch`: `(url) -> bytes | None` gets an https URL that the scheme has found to be allowed; None
when nothing is there. `fetch_key`: `(key id) -> str | Mapping | None` asks the provider's API for a
public key. Both raise `Unavailable` when the other side cannot be reached.
"""

NO_OPTIONS: Options = {}


class Verified(NamedTuple):
    """The proof that a delivery came from who holds the secret.

    Attributes:
        secret: the position of the secret that matched, in the order configured; 0 where the
            provider's keys are fetched and none is configured.
        timestamp: the signed time in seconds since the epoch (UTC), where the scheme has one.
    """

    secret: int
    timestamp: float | None = None


class Scheme(Protocol):
    """How one provider signs. Each family is a frozen dataclass that derives from this."""

    @property
    def needs_secret(self) -> bool:
        """Whether a source must configure a secret; a family whose keys are fetched says False."""
        return True

    @abstractmethod
    def check_secret(self, secret: Secret) -> None:
        """Raise `ValueError` when a secret is empty or not of this scheme's form; never quote it."""
        ...

    @abstractmethod
    def verify(
        self, delivery: Delivery, secrets: Sequence[Secret], *, now: float, options: Options
    ) -> Verified:
        """Prove a delivery, or raise `Rejected`."""
        ...

    @abstractmethod
    def sign(self, delivery: Delivery, secret: Secret, *, now: float, options: Options) -> Delivery:
        """Return the delivery as a sender signs it at `now`; `ValueError` when the secret cannot sign."""
        ...


def text_secret(secret: Secret) -> str:
    """Return a secret that is one text; raise `ValueError` when it is a table, empty or blank."""
    if not isinstance(secret, str):
        msg = "a secret of this provider is one text, not a table"
        raise ValueError(msg)  # noqa: TRY004 - a fault of the configuration, told with the others
    if not secret.strip():
        msg = "a secret must not be empty"
        raise ValueError(msg)
    return secret


def table_secret(
    secret: Secret, fields: tuple[str, ...], *, optional: tuple[str, ...] = ()
) -> Mapping[str, str]:
    """Return a secret that is a table of exactly these fields; raise `ValueError` otherwise."""
    wanted = "{ " + ", ".join(f'{name} = "..."' for name in fields) + " }"
    if isinstance(secret, str):
        msg = f"a secret of this provider is a table: {wanted}"
        raise ValueError(msg)  # noqa: TRY004 - as above
    for name in secret:
        if name not in (*fields, *optional):
            msg = f"unknown field {name!r} in a secret; it is a table: {wanted}"
            raise ValueError(msg)
    for name in fields:
        value = secret.get(name)
        if not isinstance(value, str) or not value.strip():
            msg = f"the field {name!r} of a secret is missing or empty; it is a table: {wanted}"
            raise ValueError(msg)
    return secret


def any_equal(expected: Sequence[bytes], given: Sequence[bytes]) -> bool:
    """Say whether a digest is in both lists, in a time that does not say which one."""
    same = [hmac.compare_digest(one, other) for one in expected for other in given]
    return any(same)


def required_header(delivery: Delivery, name: str) -> str:
    """Return a header's value; raise `Rejected` when it is missing or empty."""
    value = delivery.header(name)
    if value is None or value == "":
        raise Rejected("signature_missing", f"header {name} is missing or empty")
    return value


def malformed(message: str) -> Rejected:
    """Return the refusal of a signature that is not of the scheme's form."""
    return Rejected("signature_malformed", message)


def mismatch(where: str, what: str = "this request") -> Rejected:
    """Return the refusal of a signature that no configured secret made."""
    return Rejected(
        "signature_mismatch", f"no signature in {where} matches {what} under any configured secret"
    )


def with_headers(delivery: Delivery, *added: tuple[str, str]) -> Delivery:
    """Return the delivery with these headers in place of any of the same names."""
    names = {name.lower() for name, _ in added}
    kept = tuple(item for item in delivery.headers if item[0].lower() not in names)
    return Delivery(
        method=delivery.method,
        url=delivery.url,
        headers=(*kept, *added),
        body=delivery.body,
        received_at=delivery.received_at,
    )


def with_body(delivery: Delivery, body: bytes, *, url: str | None = None) -> Delivery:
    """Return the delivery with another body, and another URL where one is given."""
    return Delivery(
        method=delivery.method,
        url=delivery.url if url is None else url,
        headers=delivery.headers,
        body=body,
        received_at=delivery.received_at,
    )
