"""Secrets in parts and with dates, and what a provider asks for beside them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.config import fault_of, faults_of, settings_from
from webhooks.config import Source

STRIPE = '[sources.a]\nprovider = "stripe"\n'


def source(toml: str, **environ: str) -> Source:
    return settings_from(toml, environ).sources["a"]


def test_a_secret_may_have_dates_and_holds_only_between_them() -> None:
    old_secret = '{ secret = "${OLD}", not_before = 2026-01-01, not_after = 2026-06-01T12:00:00Z }'
    found = source(STRIPE + f'secrets = ["${{NEW}}", {old_secret}]', NEW="fake-new", OLD="fake-old")
    new, old = found.secrets
    assert (new.value, new.not_before, new.not_after) == ("fake-new", None, None)
    assert (old.value, old.not_before, old.not_after) == ("fake-old", 1767225600.0, 1780315200.0)
    assert [old.holds(now) for now in (1767225599.0, 1767225600.0, 1780315199.0, 1780315200.0)] == [
        False,
        True,
        True,
        False,
    ]


def test_a_date_may_be_a_text_in_rfc_3339() -> None:
    (secret,) = source(
        STRIPE + 'secrets = [{ secret = "s", not_after = "2026-01-01T01:00:00+01:00" }]'
    ).secrets
    assert secret.not_after == 1767225600.0


def test_credentials_in_several_parts_are_a_table(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("fake-from-a-file")
    found = source(
        '[sources.a]\nprovider = "livekit"\n'
        f'secrets = [{{ api_key = "${{KEY}}", api_secret = "file:{tmp_path}/secret" }}]',
        KEY="APIfake",
    )
    assert found.secrets[0].value == {"api_key": "APIfake", "api_secret": "fake-from-a-file"}
    assert found.secret_texts() == ["APIfake", "fake-from-a-file"]


@pytest.mark.parametrize("provider", ["ebay", "plaid", "truelayer", "asana", "notion"])
def test_who_has_no_secret_to_configure_needs_none(provider: str) -> None:
    assert source(f'[sources.a]\nprovider = "{provider}"').secrets == ()


def test_what_a_provider_asks_for_is_a_key_of_its_source() -> None:
    meta = '[sources.a]\nprovider = "meta_whatsapp"\nsecrets = ["s"]\nverify_token = "${TOKEN}"'
    assert source(meta, TOKEN="fake-token").options["verify_token"] == "fake-token"
    environ = {"HOOKLINE_SOURCES_A_VERIFY_TOKEN": "fake-other"}
    assert source(meta.replace("${TOKEN}", "x"), **environ).options["verify_token"] == "fake-other"


def test_public_keys_are_given_by_their_id(tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_text("-----BEGIN PUBLIC KEY-----")
    found = source(
        '[sources.a]\nprovider = "plaid"\n'
        f'keys = {{ one = "file:{tmp_path}/key.pem", two = \'{{"kty": "EC"}}\' }}'
    )
    fetch = found.options["fetch_key"]
    assert (fetch("one"), fetch("two"), fetch("three")) == ("-----BEGIN PUBLIC KEY-----", {"kty": "EC"}, None)


def test_a_public_url_is_kept_as_it_is_written() -> None:
    url = "https://hooks.example.com:8443/in"
    assert source(STRIPE + f'secrets = ["s"]\npublic_url = "{url}"').public_url == url


@pytest.mark.parametrize(
    ("toml", "complaint"),
    [
        ('secrets = [{ secret = "s", not_after = "soon" }]', "must be a date or time such as 2026-11-20"),
        (
            'secrets = [{ secret = "s", not_before = 2026-01-02, not_after = 2026-01-01 }]',
            "not_before must be earlier than not_after",
        ),
        ("secrets = [5]", "sources.a.secrets, number 1: must be a text, or a table"),
        ("secrets = [{ secret = 5 }]", "every part must be a text"),
        ('secrets = ["s"]\npublic_url = "hooks.example.com"', "sources.a.public_url must be a URL such as"),
        ('secrets = ["s"]\npublic_url = "https://a/?b=c"', "without a query"),
        ('secrets = ["s"]\nkeys = 5', "sources.a.keys must be a table of public keys by id"),
        ('secrets = ["s"]\nverify_token = "x"', "sources.a.verify_token is unknown; known: provider"),
    ],
)
def test_a_fault_names_its_key_and_the_cure(toml: str, complaint: str) -> None:
    assert complaint in fault_of(STRIPE + toml)


def test_a_header_of_a_proxy_that_is_not_known_is_not_believed() -> None:
    assert fault_of('[web]\nforwarded = ["X-Real-Ip"]') == (
        "web.forwarded must be of X-Forwarded-Proto, X-Forwarded-Host, got 'X-Real-Ip'"
    )


def test_a_mistyped_provider_gets_a_guess() -> None:
    assert "did you mean stripe?" in fault_of('[sources.a]\nprovider = "strype"\nsecrets = ["s"]')


def test_no_fault_quotes_a_secret() -> None:
    told = " ".join(
        faults_of('[sources.a]\nprovider = "adyen"\nsecrets = [{ secret = "fake-not-hex" }, "fake-neither"]')
    )
    assert "fake-" not in told


def test_every_secret_of_the_settings_is_known_to_whoever_masks_them() -> None:
    settings = settings_from(
        '[sources.github]\nprovider = "github"\nsecrets = ["fake-github"]\n'
        '[redis]\nurl = "redis://user:fake%2Fredis@h/0"\n'
        '[sentry]\ndsn = "https://fake-key@h/1"\n'
        '[flower]\nbasic_auth = "operator:fake-flower"\n'
    )
    known = {"fake-github", "fake%2Fredis", "fake/redis", "fake-key", "fake-flower"}
    assert set(settings.secret_texts()) == known
