"""Why a delivery was refused, and what cures it: for the operator, never for the sender.

Pure: what is looked for is whether the request *would* have been proven, had one thing been
different. Neither a signature nor a secret nor a part of the body is ever in the answer.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from webhooks.config import Source
from webhooks.errors import Rejected, Unavailable
from webhooks.event import Delivery
from webhooks.providers.preset import Provider
from webhooks.signatures import Scheme, Secret, verify
from webhooks.signatures.keyed import Keyed
from webhooks.signatures.odd.inflated import compressed
from webhooks.variants import LARGEST, body_variants, url_variants

TRIES = 20
"""Calls of `verify` that one diagnosis may cost."""

MOST_SECRETS = 32
"""Secrets of other sources that are tried, all in one of these calls."""

MOST_SOURCES = 4
"""Sources of other providers that are tried."""


class Diagnosis(NamedTuple):
    """What an operator is told.

    Attributes:
        code: what was found, one of `CAUSES`; the refusal's own code where nothing more was found.
        sentence: what is wrong, without a full stop.
        cure: what to do, to follow a colon.
    """

    code: str
    sentence: str
    cure: str


CAUSES = (
    "secret_of_other_source",
    "meant_for_other_source",
    "signature_written_otherwise",
    "secret_read_otherwise",
    "url_changed",
    "body_changed",
)
"""What may be found beyond the refusal's own code."""

_SIGNATURES = ("signature_missing", "signature_malformed", "signature_mismatch", "timestamp_missing")
"""The refusals for which it is worth looking further."""


def diagnose(
    error: Rejected, source: Source, delivery: Delivery | None, sources: Mapping[str, Source], *, now: float
) -> Diagnosis:
    """Return why a delivery was refused; no key is ever fetched for it.

    Args:
        error: the refusal.
        source: the source that it was sent to.
        delivery: the request; None when it could not be read.
        sources: all configured sources.
        now: the time of the refusal, in seconds since the epoch (UTC).
    """
    if delivery is not None and error.code in _SIGNATURES and len(delivery.body) <= LARGEST:
        search = _Search(error, source, delivery, sources, now)
        for found in search.findings():
            return found
    return plain_diagnosis(error, source.name)


def plain_diagnosis(error: Rejected, source: str | None) -> Diagnosis:
    """Return what the refusal alone says; `source` is None when there is none of the name asked for."""
    head, cure = _PLAIN.get(error.code, ("", "look at what the sender, and each proxy before this, sends"))
    said = error.message.replace("; ", ", ")
    sentence = f"{head} ({said})" if head else said[:1].upper() + said[1:]
    return Diagnosis(
        code=error.code, sentence=sentence, cure=cure.format(here=f"sources.{source or '<name>'}")
    )


class _Search:
    """Tries one difference after the other, the likeliest first, until one proves the request."""

    def __init__(
        self, error: Rejected, source: Source, delivery: Delivery, sources: Mapping[str, Source], now: float
    ) -> None:
        self._error = error
        self._source = source
        self._delivery = delivery
        self._others = [other for other in sources.values() if other.name != source.name]
        self._now = now
        self._left = TRIES

    def findings(self) -> Iterator[Diagnosis]:
        """Yield what is found; each step is only taken when it is asked for."""
        yield from self._other_secrets()
        yield from self._other_sources()
        if self._error.code == "signature_malformed":
            yield from self._writings()
        if self._error.code == "signature_mismatch":
            yield from self._keys()
            yield from self._urls()
            yield from self._bodies()

    def _other_secrets(self) -> Iterator[Diagnosis]:
        owned = [
            (other.name, secret)
            for other in sorted(self._others, key=lambda other: other.provider is not self._source.provider)
            for secret in other.secret_values
            if secret not in self._source.secret_values and _fits(self._source.provider, secret)
        ][:MOST_SECRETS]
        position = self._proven([secret for _, secret in owned]) if owned else None
        if position is not None:
            name = owned[position][0]
            yield Diagnosis(
                code="secret_of_other_source",
                sentence=f"The signature was made with the secret of the source {name}",
                cure=f"point the sender at /webhooks/{name}, or add the secret that it uses to "
                f"{self._here}.secrets",
            )

    def _other_sources(self) -> Iterator[Diagnosis]:
        others = [other for other in self._others if other.provider is not self._source.provider]
        for other in others[:MOST_SOURCES]:
            if self._proven(list(other.secret_values), provider=other.provider) is not None:
                yield Diagnosis(
                    code="meant_for_other_source",
                    sentence=f"The delivery is one of {other.provider.title} for the source {other.name} and "
                    f"came to {self._source.name}",
                    cure=f"point the sender at /webhooks/{other.name}",
                )

    def _writings(self) -> Iterator[Diagnosis]:
        for key, value, scheme in _changed(self._source.provider.scheme, _written_otherwise):
            if self._proven_as(scheme):
                yield Diagnosis(
                    code="signature_written_otherwise",
                    sentence=f"The signature is right but written with {key} = {value!r}",
                    cure=self._setting(key, value),
                )

    def _keys(self) -> Iterator[Diagnosis]:
        if self._source.provider.name != "hmac":
            return
        for key, value, scheme in _changed(self._source.provider.scheme, _read_otherwise):
            if self._proven_as(scheme):
                yield Diagnosis(
                    code="secret_read_otherwise",
                    sentence=f"The signature matches when the secret is taken as {value}",
                    cure=self._setting(key, value),
                )

    def _urls(self) -> Iterator[Diagnosis]:
        for said, delivery in url_variants(self._delivery):
            if self._proven(self._source.secret_values, delivery) is not None:
                yield Diagnosis(
                    code="url_changed",
                    sentence=f"The signature matches {said}",
                    cure="tell this receiver the URL that the sender calls, which a proxy changes on the "
                    f"way: {self._here}.public_url, or the proxy's forwarded headers",
                )

    def _bodies(self) -> Iterator[Diagnosis]:
        for said, delivery in body_variants(self._delivery):
            if self._proven(self._source.secret_values, delivery) is not None:
                yield Diagnosis(
                    code="body_changed",
                    sentence=f"The signature matches {said}",
                    cure="let whatever stands between the sender and this receiver pass the body on byte "
                    "for byte, without parsing it",
                )

    @property
    def _here(self) -> str:
        return f"sources.{self._source.name}"

    def _setting(self, key: str, value: str) -> str:
        if self._source.provider.name == "hmac":
            return f'set {key} = "{value}" in {self._here}.signature'
        return f"have the sender sign as {self._source.provider.title} does, or configure it as it signs"

    def _proven_as(self, scheme: Scheme) -> bool:
        provider = replace(self._source.provider, scheme=scheme)
        return self._proven(self._source.secret_values, provider=provider) is not None

    def _proven(
        self,
        secrets: list[Secret] | tuple[Secret, ...],
        delivery: Delivery | None = None,
        *,
        provider: Provider | None = None,
    ) -> int | None:
        """Return the position of the secret that proves the request, or None."""
        if self._left <= 0:
            return None
        self._left -= 1
        chosen = self._source.provider if provider is None else provider
        if chosen.inflates and compressed(self._delivery.body):
            # It was inflated once to refuse it; nobody has proven that it is worth a second time.
            return None
        try:
            # Without options, so that a scheme whose keys are fetched has nothing to fetch them with.
            return verify(chosen, delivery or self._delivery, secrets, now=self._now).secret
        except (Rejected, Unavailable, ValueError, KeyError):
            return None


def _fits(provider: Provider, secret: Secret) -> bool:
    try:
        provider.scheme.check_secret(secret)
    except ValueError:
        return False
    return True


def _written_otherwise(scheme: Keyed) -> Iterator[tuple[str, Any]]:
    for encoding in ("hex", "hex_upper", "base64", "base64url"):
        yield "encoding", encoding
    yield "prefix", ""
    yield "prefix", f"{scheme.algorithm}="


def _read_otherwise(scheme: Keyed) -> Iterator[tuple[str, Any]]:
    for form in ("text", "hex", "base64", "whsec"):
        yield "key", form


def _changed(
    scheme: Scheme, changes: Callable[[Keyed], Iterator[tuple[str, Any]]]
) -> Iterator[tuple[str, str, Scheme]]:
    """Yield a keyed scheme with one of its values changed; nothing for any other."""
    if not isinstance(scheme, Keyed):
        return
    made = {field.name for field in dataclasses.fields(scheme) if not field.init}
    same = {f.name: getattr(scheme, f.name) for f in dataclasses.fields(scheme) if f.name not in made}
    for key, value in changes(scheme):
        if same[key] != value:
            try:
                changed = Keyed(**{**same, key: value})
            except ValueError:
                continue
            yield key, value, changed


_PROXY = "look at what each proxy before this receiver does to the request"
_CLOCK = "set the clocks of this machine and of the sender by NTP, and let nothing hold deliveries back"
_PLAIN: Mapping[str, tuple[str, str]] = {
    "signature_missing": ("", "have the sender sign, and let no proxy take the header away"),
    "signature_malformed": (
        "",
        "see that the sender is the one that {here}.provider names, and that no proxy rewrites the header",
    ),
    "signature_mismatch": (
        "",
        "copy the secret that the sender shows into {here}.secrets, and let no proxy change the request",
    ),
    "timestamp_missing": ("", "see that the sender is the one that {here}.provider names"),
    "timestamp_malformed": ("", "see that {here} says how the sender writes the time"),
    "timestamp_stale": ("The timestamp is too old", _CLOCK),
    "timestamp_future": ("The timestamp is ahead", _CLOCK),
    "key_untrusted": ("", "nothing, unless this sender should be trusted: the key it names is not its own"),
    "handshake_refused": ("", "see that the verification token at the sender is the one of {here}"),
    "body_truncated": (
        "The body is shorter than announced",
        "raise the time and size limits of the proxies before this receiver; the sender will try again",
    ),
    "request_unreadable": ("The request cannot be read", _PROXY),
    "source_unknown": ("", "correct the URL at the sender, or add this source to the configuration"),
    "body_too_large": ("", "raise {here}.max_body, if the sender may send as much"),
    "encoding_unsupported": (
        "The body is compressed",
        "turn compression off at the sender, or in the proxy that adds it",
    ),
}
"""For each refusal what goes before its own words, which are then in brackets, and the cure."""
