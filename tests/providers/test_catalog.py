"""The catalogue: complete, without doubles, and quick to load."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.signatures.credentials import NOW, credentials
from webhooks.errors import Rejected
from webhooks.event import Delivery
from webhooks.providers.catalog import PAGES, PROVIDERS, Catalogue
from webhooks.providers.custom import custom_provider
from webhooks.providers.preset import Provider
from webhooks.providers.samples import sample
from webhooks.signatures import Secret, sign, verify
from webhooks.signatures.keyed import Keyed
from webhooks.signatures.timestamps import Timestamp


def test_every_page_holds_what_the_catalogue_says() -> None:
    assert list(PROVIDERS) == sorted(PROVIDERS)
    assert len(PROVIDERS) == len(list(PROVIDERS)) == sum(len(names.split()) for names in PAGES.values())
    for name, provider in PROVIDERS.items():
        assert provider.name == name
        assert provider.title


def test_doubles_and_strangers_are_refused() -> None:
    with pytest.raises(ValueError, match="two providers are called 'stripe'"):
        Catalogue({"a": "stripe", "b": "paddle stripe"})
    with pytest.raises(ValueError, match="does not hold exactly"):
        Catalogue({"webhooks.providers.plain_token": "telegram"})["telegram"]
    with pytest.raises(KeyError):
        PROVIDERS["nobody"]
    assert "nobody" not in PROVIDERS


def test_nothing_is_read_before_it_is_asked_for() -> None:
    code = (
        "import sys; from webhooks.providers.catalog import PROVIDERS; assert 'paypal' in PROVIDERS;"
        "PROVIDERS['stripe']; PROVIDERS['github'];"
        "unread = {'cryptography', 'webhooks.providers.public_key'} & set(sys.modules);"
        "assert not unread, unread;"
        "bad = {'redis', 'celery', 'flask', 'requests', 'sentry_sdk'} & set(sys.modules);"
        "assert not bad, bad;"
        "list(PROVIDERS.values()); assert 'cryptography' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_what_a_preset_says_fits_together() -> None:
    for provider in PROVIDERS.values():
        assert provider.retry_window >= 0
        assert provider.retries is (provider.retry_window > 0)
        assert provider.ack_deadline is None or provider.ack_deadline > 0
        if provider.identity in ("signed", "unsigned"):
            assert provider.event_id is not None
        if provider.identity == "none":
            assert provider.batch is None or provider.name == "cloudevents"
    scheme = PROVIDERS["stripe"].scheme
    with pytest.raises(ValueError, match="has no use for an event_id"):
        Provider(
            name="x",
            title="X",
            scheme=scheme,
            identity="body",
            event_id="json:/id",
            event_type=None,
            body_fixed=True,
        )


@pytest.mark.parametrize("name", sorted(PROVIDERS))
def test_no_empty_secret_is_taken(name: str) -> None:
    nothing: tuple[Secret, ...] = ("", "  ", {})
    for empty in nothing:
        with pytest.raises(ValueError, match=r"secret|key"):
            PROVIDERS[name].scheme.check_secret(empty)


@pytest.mark.parametrize("name", sorted(PROVIDERS))
def test_a_secret_of_another_shape_is_told_without_quoting_it(name: str) -> None:
    given = credentials(name).secret
    other: Secret = {"somebody_elses": "fake-value"} if isinstance(given, str) else "fake-value"
    if given is not None:
        with pytest.raises(ValueError, match=r"table|field") as told:
            PROVIDERS[name].scheme.check_secret(other)
        assert "fake-value" not in str(told.value)


def test_no_secret_at_all_is_the_operators_fault() -> None:
    delivery = Delivery(method="POST", url="https://h/", headers=(), body=b"", received_at=NOW)
    with pytest.raises(ValueError, match="at least one secret"):
        verify("github", delivery, [], now=NOW)
    for name in ("ebay", "plaid", "truelayer"):
        assert not PROVIDERS[name].scheme.needs_secret
        signed = sign(
            name,
            sample(PROVIDERS[name], url="https://h.example/in", event_id="e", now=NOW),
            credentials(name).signing,
            now=NOW,
            options=credentials(name).sign_options,
        )
        with pytest.raises(ValueError, match="needs the option fetch"):
            verify(name, signed, [], now=NOW)


def test_signing_without_what_it_needs_is_told() -> None:
    draft = sample(PROVIDERS["paypal"], url="https://h.example/in", event_id="e", now=NOW)
    with pytest.raises(ValueError, match="needs the option 'cert_url'"):
        sign("paypal", draft, "FAKE", now=NOW)
    with pytest.raises(ValueError, match="private key as PEM"):
        sign("discord", draft, "no key", now=NOW)
    empty = Delivery(method="POST", url="https://h.example/in", headers=(), body=b"", received_at=NOW)
    with pytest.raises(ValueError, match="not of this provider's form"):
        sign("mandrill", empty, "FAKE", now=NOW)
    for name in ("adyen", "braintree", "figma", "mailgun", "microsoft_graph", "dropbox_sign"):
        with pytest.raises(ValueError, match=r"body|form|notificationItems"):
            sign(name, empty, credentials(name).signing, now=NOW)


def test_a_sender_described_in_the_configuration_signs_and_verifies() -> None:
    provider = custom_provider(
        "orders",
        {
            "header": "X-Orders-Signature",
            "field": "sig",
            "separator": "; ",
            "encoding": "base64url",
            "algorithm": "sha512",
            "key": "hex",
            "signed": "{timestamp}:{header:X-Orders-Id}:{body}",
            "timestamp_field": "at",
            "timestamp_unit": "ms",
            "tolerance": 60,
        },
        event_id="header:X-Orders-Id",
        event_type="json:/type",
    )
    assert provider.identity == "signed"
    draft = sample(provider, url="https://h.example/in", event_id="o1", now=NOW)
    signed = sign(provider, draft, "00ff", now=NOW)
    assert verify(provider, signed, ["ffff", "00ff"], now=NOW + 59).secret == 1
    for now in (NOW + 61, NOW - 61):
        with pytest.raises(Rejected, match="timestamp_"):
            verify(provider, signed, ["00ff"], now=now)


@pytest.mark.parametrize(
    ("event_id", "signed", "identity"),
    [
        (None, "{body}", "body"),
        ("json:/id", "{body}", "signed"),
        ("form:id", "{body}", "signed"),
        ("header:X-Id", "{body}", "unsigned"),
        ("header:X-Id", "{header:x-id}{body}", "signed"),
        ("json:/id or header:X-Id", "{body}", "unsigned"),
        ("query:id", "{body}", "unsigned"),
        ("query:id + json:/n", "{url}{body}", "signed"),
    ],
)
def test_an_id_is_signed_or_not(event_id: str | None, signed: str, identity: str) -> None:
    provider = custom_provider("x", {"header": "S", "signed": signed}, event_id=event_id, event_type=None)
    assert provider.identity == identity
    assert provider.signs_url is ("{url}" in signed)


def test_a_signature_may_be_in_the_body_and_its_time_too() -> None:
    provider = custom_provider(
        "parcel",
        {
            "place": "json:/proof",
            "signed": "{json:/at}|{json:/id}|{body}",
            "timestamp_place": "json:/at",
            "tolerance_future": 5,
            "requires": {"X-Version": "1"},
        },
        event_id="json:/id",
        event_type=None,
    )
    scheme = provider.scheme
    assert isinstance(scheme, Keyed)
    assert scheme.timestamp == Timestamp(place="json:/at", tolerance=300, future=5)
    assert scheme.requires == (("X-Version", "1"),)


@pytest.mark.parametrize(
    ("signature", "fault"),
    [
        ({"header": "X", "signed": "{nonsense}"}, "unknown placeholder"),
        ({"header": "X", "signed": "{timestamp}"}, "signed must contain {body}"),
        ({"header": "X", "signed": "{body}{timestamp}"}, "say where it is"),
        ({"header": "X", "timestamp_header": "T"}, "proves nothing"),
        ({"header": "X", "timestamp_field": "t", "signed": "{timestamp}{body}"}, "needs field"),
        ({"header": "X", "encoding": "hexadecimal"}, "encoding must be one of"),
        ({"header": "X", "algorithm": "md5"}, "algorithm must be one of"),
        ({"header": "X", "key": "rot13"}, "key must be one of"),
        ({"header": "X", "timestamp_header": "T", "timestamp_unit": "days"}, "timestamp_unit must be one of"),
        (
            {"header": "X", "timestamp_header": "T", "tolerance": 0, "signed": "{timestamp}{body}"},
            "more than 0",
        ),
        ({}, "header must name"),
        ({"header": 5}, "header must be text"),
        ({"header": "X", "more_headers": "Y"}, "more_headers must be a list"),
        ({"header": "X", "requires": {"V": 1}}, "requires must be a table"),
        ({"header": "X", "tolerance": 5}, "tolerance needs"),
        ({"header": "X", "timestamp_header": "T", "tolerance": "5"}, "tolerance must be a number"),
        ({"header": "X", "timestamp_header": "T", "tolerance_future": True}, "tolerance_future must be"),
        ({"header": "X", "place": "somewhere"}, "names no place"),
        ({"header": "X", "colour": "red"}, "unknown key"),
    ],
)
def test_an_impossible_scheme_is_refused(signature: dict[str, object], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        custom_provider("x", signature, event_id=None, event_type=None)
