"""The environment: every key has its variable, which wins over the file's."""

from __future__ import annotations

import dataclasses
import json

import pytest

from tests.support.config import fault_of, faults_of, settings_from
from webhooks.config.sections import SECTIONS
from webhooks.signatures.keyed import Keyed

KEYS = [(name, field.name) for name, section in SECTIONS.items() for field in dataclasses.fields(section)]

OTHER = {
    "redis.url": ("redis://127.0.0.1:6379/9", "redis://127.0.0.1:6379/9"),
    "web.host": ("0.0.0.0", "0.0.0.0"),
    "web.max_body": ("2MiB", 2 * 1024**2),
    "web.forwarded": ("X-Forwarded-Proto,X-Forwarded-Host", ("X-Forwarded-Proto", "X-Forwarded-Host")),
    "web.status_token": ("fake-status-token", "fake-status-token"),
    "web.keep_rejected_bodies": ("true", True),
    "spool.directory": ("/var/lib/hookline", "/var/lib/hookline"),
    "worker.handlers": ("shop.one, shop.two", ("shop.one", "shop.two")),
    "sentry.dsn": ("http://key@127.0.0.1:9000/7", "http://key@127.0.0.1:9000/7"),
    "sentry.environment": ("staging", "staging"),
    "flower.host": ("::1", "::1"),
    "flower.basic_auth": ("user:fake-password", "user:fake-password"),
    "log.format": ("text", "text"),
    "log.level": ("error", "error"),
}
"""What each key that is no number is set to, and what is then read; a number is set to 77."""


@pytest.mark.parametrize(("section", "key"), KEYS)
def test_every_key_has_a_variable(section: str, key: str) -> None:
    text, expected = OTHER.get(f"{section}.{key}", ("77", 77))
    settings = settings_from("", {f"HOOKLINE_{section}_{key}".upper(): text})
    assert getattr(getattr(settings, section), key) == expected


def test_a_variable_wins_over_the_file() -> None:
    assert settings_from("[web]\nport = 1", HOOKLINE_WEB_PORT="2").web.port == 2


@pytest.mark.parametrize(("section", "key"), KEYS)
@pytest.mark.parametrize("empty", ["", " ", "\r\n", "\ufeff"])
def test_an_empty_variable_says_nothing(section: str, key: str, empty: str) -> None:
    text, expected = OTHER.get(f"{section}.{key}", ("77", 77))
    toml = f"[{section}]\n{key} = {json.dumps('${VALUE}')}"
    settings = settings_from(toml, {f"HOOKLINE_{section}_{key}".upper(): empty, "VALUE": text})
    assert getattr(getattr(settings, section), key) == expected


def test_a_fault_in_a_variable_is_told_by_the_variables_name() -> None:
    assert fault_of("[web]\nport = 1", HOOKLINE_WEB_PORT="many") == (
        "HOOKLINE_WEB_PORT must be a port between 0 and 65535, got 'many'"
    )


@pytest.mark.parametrize("name", ["HOOKLINE_NONSENSE", "HOOKLINE_X"])
def test_a_variable_that_belongs_to_no_key_is_a_fault(name: str) -> None:
    assert fault_of("", {name: "1"}) == (
        f"the environment variable {name} belongs to no key: correct its name or unset it"
    )


def test_other_programs_variables_are_left_alone() -> None:
    assert settings_from("", PATH="/bin", HOOKLINED="1").sources == {}


def test_the_places_are_no_keys_and_no_faults() -> None:
    assert settings_from("", HOOKLINE_DATA="/var/lib/hookline").sources == {}


def test_a_variable_that_the_file_refers_to_is_used() -> None:
    settings = settings_from(
        '[sentry]\ndsn = "${HOOKLINE_OWN_DSN}"', HOOKLINE_OWN_DSN="http://key@127.0.0.1/1"
    )
    assert settings.sentry.dsn == "http://key@127.0.0.1/1"


def test_a_variable_that_another_variable_refers_to_is_used() -> None:
    settings = settings_from(
        "",
        HOOKLINE_SENTRY_DSN="${HOOKLINE_OWN_DSN}",
        HOOKLINE_OWN_DSN="http://key@127.0.0.1/1",
        HOOKLINE_SOURCES_STRIPE_PROVIDER="stripe",
        HOOKLINE_SOURCES_STRIPE_SECRETS="${HOOKLINE_OWN_SECRET}",
        HOOKLINE_OWN_SECRET="fake-secret",
    )
    assert settings.sentry.dsn == "http://key@127.0.0.1/1"
    assert settings.sources["stripe"].secret_texts() == ["fake-secret"]


def test_a_source_may_live_in_the_environment_alone() -> None:
    settings = settings_from(
        "",
        HOOKLINE_SOURCES_STRIPE_PROVIDER="stripe",
        HOOKLINE_SOURCES_STRIPE_SECRETS="fake-new,fake-old",
        HOOKLINE_SOURCES_STRIPE_MAX_BODY="1MiB",
    )
    source = settings.sources["stripe"]
    assert (source.provider.name, tuple(source.secret_texts()), source.max_body) == (
        "stripe",
        ("fake-new", "fake-old"),
        2**20,
    )


def test_a_custom_source_may_live_in_the_environment_alone() -> None:
    settings = settings_from(
        "",
        HOOKLINE_SOURCES_MY_ORDERS_PROVIDER="hmac",
        HOOKLINE_SOURCES_MY_ORDERS_SECRETS="fake-secret",
        HOOKLINE_SOURCES_MY_ORDERS_SIGNATURE='{ header = "X-Signature", prefix = "sha256=" }',
        HOOKLINE_SOURCES_MY_ORDERS_EVENT_ID="header:X-Id",
        HOOKLINE_SOURCES_MY_ORDERS_EVENT_TYPE="json:/type",
        HOOKLINE_SOURCES_MY_ORDERS_RETRY="{ attempts = 3 }",
    )
    source = settings.sources["my_orders"]
    assert isinstance(source.provider.scheme, Keyed)
    assert source.provider.scheme.header == "X-Signature"
    assert (source.provider.event_id, source.provider.event_type) == ("header:X-Id", "json:/type")
    assert source.retry.attempts == 3


@pytest.mark.parametrize("text", ["X-Signature", "{ header = ", '{ header = "X" }\n[web]\nport = 1', ""])
def test_a_table_in_a_variable_is_written_as_in_the_file(text: str) -> None:
    faults = faults_of(
        "",
        HOOKLINE_SOURCES_ORDERS_PROVIDER="hmac",
        HOOKLINE_SOURCES_ORDERS_SECRETS="fake-secret",
        HOOKLINE_SOURCES_ORDERS_SIGNATURE=text,
    )
    assert any("sources.orders.signature must be a table" in fault for fault in faults)


def test_a_variable_wins_over_a_sources_key_whatever_hyphens_its_name_has() -> None:
    toml = '[sources.my-shop]\nprovider = "github"\nsecrets = ["fake-secret"]\nmax_body = 1'
    assert settings_from(toml, HOOKLINE_SOURCES_MY_SHOP_MAX_BODY="2").sources["my-shop"].max_body == 2
