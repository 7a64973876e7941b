"""The sources: provider, secrets, limits and retries of each endpoint."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from tests.support.config import fault_of, faults_of, settings_from
from webhooks.config import Retry
from webhooks.providers.catalog import PROVIDERS
from webhooks.providers.preset import MIB, Provider

STRIPE = '[sources.stripe]\nprovider = "stripe"\n'
SECRET = "fake-secret-of-the-tests"


def test_a_source_is_a_provider_and_its_secrets() -> None:
    source = settings_from(STRIPE + 'secrets = ["${A}", "${B}"]', A="fake-new", B="fake-old").sources[
        "stripe"
    ]
    assert (source.name, source.provider, tuple(source.secret_texts())) == (
        "stripe",
        PROVIDERS["stripe"],
        ("fake-new", "fake-old"),
    )


def test_a_secret_may_be_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text(SECRET + "\n", encoding="utf-8")
    assert settings_from(STRIPE + f'secrets = ["file:{path}"]').sources["stripe"].secret_texts() == [SECRET]


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("", "sources.stripe.secrets is missing or empty"),
        ("secrets = []", "sources.stripe.secrets is missing or empty"),
        ("secrets = 5", "sources.stripe.secrets must be a list"),
        ('secrets = ["${UNSET}"]', "sources.stripe.secrets, number 1: the environment variable UNSET"),
        ('secrets = ["ok", "file:/none"]', "sources.stripe.secrets, number 2: the file /none cannot be read"),
    ],
)
def test_a_source_without_a_usable_secret_is_refused_by_its_key(line: str, complaint: str) -> None:
    assert any(fault.startswith(complaint) for fault in faults_of(STRIPE + line))


@pytest.mark.parametrize("secrets", ['[""]', '[" "]', '["", "fake-secret"]', '["fake-secret", ""]'])
def test_no_secret_may_be_empty_not_even_one_of_several(secrets: str) -> None:
    assert "sources.stripe.secrets" in faults_of(STRIPE + f"secrets = {secrets}")[0]


def test_an_empty_variable_is_no_secret() -> None:
    assert "the environment variable A is not set or empty" in fault_of(STRIPE + 'secrets = ["${A}"]', A="")


def test_who_only_reads_the_store_needs_no_secret() -> None:
    settings = settings_from(STRIPE + 'secrets = ["${UNSET}", "file:/none"]', secrets=False)
    assert settings.sources["stripe"].secrets == ()


def test_without_secrets_everything_else_is_still_checked() -> None:
    assert "provider" in fault_of('[sources.a]\nprovider = "x"\nsecrets = ["${UNSET}"]', secrets=False)


@pytest.mark.parametrize(
    ("toml", "complaint"),
    [
        ('[sources.a]\nsecrets = ["s"]', "sources.a.provider is missing: write the name of a preset"),
        (
            '[sources.a]\nprovider = "nobody"\nsecrets = ["s"]',
            "sources.a.provider 'nobody' is unknown; `hookline providers` lists all",
        ),
        (
            '[sources.a]\nprovider = 5\nsecrets = ["s"]',
            "sources.a.provider 5 is unknown; `hookline providers`",
        ),
        (
            STRIPE + 'secrets = ["s"]\nsecret = "s"',
            "sources.stripe.secret is unknown; did you mean secrets? known: provider,",
        ),
        (STRIPE + 'secrets = ["s"]\nevent_id = "json:/id"', 'event_id goes with provider = "hmac" only'),
        (STRIPE + 'secrets = ["s"]\nmax_body = 0', "sources.stripe.max_body must be a size"),
        (STRIPE + 'secrets = ["s"]\nretry = 5', "sources.stripe.retry must be a table, such as"),
        (
            STRIPE + 'secrets = ["s"]\nretry = { tries = 5 }',
            "sources.stripe.retry.tries is unknown; known: attem",
        ),
        (
            STRIPE + 'secrets = ["s"]\nretry = { attempts = 0 }',
            "sources.stripe.retry.attempts must be a whole",
        ),
        ("sources = 1", "sources must be tables: [sources.<name>]"),
        ("[sources]\nstripe = 1", "sources must be tables: [sources.<name>]"),
        ('[sources.a]\nprovider = "hmac"\nsecrets = ["s"]', "sources.a.signature must be a table"),
        (
            '[sources.a]\nprovider = "hmac"\nsecrets = ["s"]\nsignature = { header = "X", signed = "x" }',
            "sources.a: signed must contain {body}",
        ),
        (
            '[sources.a]\nprovider = "hmac"\nsecrets = ["s"]\nsignature = { header = "X" }\nevent_id = "id"',
            "sources.a: event_id 'id' names no place: write header:<name> or json:/<pointer>",
        ),
        (
            '[sources.a]\nprovider = "hmac"\nsecrets = ["s"]\nsignature = { header = "X" }\nevent_type = 5',
            "sources.a.event_type must be a text",
        ),
        (
            '[sources.a]\nprovider = "hmac"\nsecrets = ["xyz"]\nsignature = { header = "X", key = "hex" }',
            "sources.a.secrets, number 1: this provider's secret is hex",
        ),
    ],
)
def test_a_fault_names_its_key_and_the_cure(toml: str, complaint: str) -> None:
    assert complaint in fault_of(toml)


@pytest.mark.parametrize("name", ["Stripe", "a.b", "-a", "ü", "a b", "x" * 65])
def test_a_name_fits_into_a_url(name: str) -> None:
    fault = fault_of(f'[sources."{name}"]\nprovider = "stripe"\nsecrets = ["s"]')
    assert "a source's name is 1 to 64 of a-z, 0-9, - and _" in fault


def test_a_limit_is_the_sources_own_else_the_receivers_else_the_providers() -> None:
    stripe = STRIPE + 'secrets = ["s"]\n'
    web = '[web]\nmax_body = "2MiB"\n'
    limits = [
        settings_from(toml).sources["stripe"].max_body
        for toml in (stripe, web + stripe, web + stripe + 'max_body = "3MiB"')
    ]
    assert limits == [PROVIDERS["stripe"].max_body, 2 * MIB, 3 * MIB]


def test_a_source_may_have_its_own_retries_and_takes_the_rest_from_all() -> None:
    settings = settings_from(
        '[retry]\nfirst = "1m"\n' + STRIPE + 'secrets = ["s"]\nretry = { attempts = 3, longest = "1h" }'
    )
    assert settings.sources["stripe"].retry == Retry(attempts=3, first=60.0, longest=3600.0)
    assert settings.retry.attempts == Retry().attempts


@pytest.mark.parametrize("provider", [PROVIDERS["stripe"], PROVIDERS["github"], PROVIDERS["slack"]])
def test_an_id_is_remembered_for_as_long_as_the_provider_can_send_it_again(provider: Provider) -> None:
    settings = settings_from(
        f'[retention]\nkey = "1h"\n[sources.in]\nprovider = "{provider.name}"\nsecrets = ["s"]'
    )
    kept = settings.sources["in"].key_retention
    assert kept >= max(provider.retry_window, provider.resend_window, 3600.0)


def test_an_id_is_remembered_for_longer_when_the_operator_says_so() -> None:
    settings = settings_from('[retention]\nkey = "60d"\n' + STRIPE + 'secrets = ["s"]')
    assert settings.sources["stripe"].key_retention == 60 * 86400


HIDDEN = "whisper-of-the-tests"


def test_no_secret_is_in_the_settings_repr() -> None:
    settings = settings_from(
        f'[redis]\nurl = "redis://:{HIDDEN}@127.0.0.1/0"\n[sentry]\ndsn = "http://{HIDDEN}@127.0.0.1/1"\n'
        f'[flower]\nbasic_auth = "user:{HIDDEN}"\n' + STRIPE + f'secrets = ["{HIDDEN}"]'
    )
    assert HIDDEN not in repr(settings)
    assert HIDDEN not in repr(settings.sources["stripe"])


@pytest.mark.parametrize(
    "toml",
    [
        STRIPE + f'secrets = {{ a = "{HIDDEN}" }}',
        STRIPE + f'secrets = ["{HIDDEN}", 5]',
        STRIPE + f'secrets = ["{HIDDEN}", ""]',
        STRIPE + f'secrets = ["{HIDDEN}"]\ncolour = 1',
        f'[sources.a]\nprovider = "hmac"\nsignature = {{ header = "X", key = "hex" }}\nsecrets = "{HIDDEN}"',
        f'[redis]\nurl = "http://:{HIDDEN}@127.0.0.1"',
        f'[redis]\nurl = ["redis://:{HIDDEN}@127.0.0.1"]',
        f'[flower]\nbasic_auth = ["user:{HIDDEN}"]',
        f'[sentry]\ndsn = ["{HIDDEN}"]',
        f'[sentry]\ndsn = "http://{HIDDEN}@127.0.0.1/x"',
    ],
)
def test_no_fault_quotes_a_secret(toml: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        faults = faults_of(toml)
    assert HIDDEN not in "\n".join(faults)
    assert not caplog.records


def test_two_names_that_the_environment_could_not_tell_apart_are_a_fault() -> None:
    table = 'provider = "stripe"\nsecrets = ["fake"]\n'
    fault = fault_of(f"[sources.a-b]\n{table}[sources.a_b]\n{table}")
    assert fault == "sources.a-b and sources.a_b are one name in the environment: rename one"


def test_a_sandbox_is_allowed_by_true_or_false() -> None:
    toml = '[sources.pay]\nprovider = "truelayer"\npublic_url = "https://a/webhooks/pay"\nsandbox = '
    assert settings_from(toml + "true").sources["pay"].options["sandbox"] is True
    assert settings_from(toml + "false").sources["pay"].options["sandbox"] is False
    assert fault_of(toml + '"yes"') == "sources.pay.sandbox must be true or false, got 'yes'"
    assert "sources.git.sandbox is unknown" in fault_of(
        '[sources.git]\nprovider = "github"\nsecrets = ["fake"]\nsandbox = true'
    )
