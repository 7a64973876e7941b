"""What a platform puts into the environment by itself neither stops a start nor changes a setting."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.config import fault_of, settings_from
from webhooks.config.sections import SECTIONS
from webhooks.config.sources import SOURCE_KEYS
from workers.environment import celery_faults, clear_flower

TOML = '[sources.web]\nprovider = "stripe"\nsecrets = ["${SECRET}"]\n[web]\nport = 8123'

words = st.sampled_from(
    [*SECTIONS, *SOURCE_KEYS, "sources", "stripe", "service", "host", "port", "tcp", "8000", "hookline", "a"]
)
labels = st.lists(words, max_size=5).map(lambda parts: "-".join(["hookline", *parts]).replace("_", "-"))
ports = st.lists(
    st.tuples(
        words.map(lambda word: word.replace("_", "-")),
        st.integers(1, 65535),
        st.sampled_from(["TCP", "UDP", "SCTP"]),
    ),
    min_size=1,
    max_size=3,
)
addresses = st.sampled_from(["10.0.0.1", "fd00::1", "172.20.255.254"])


def service_variables(service: str, address: str, named: list[tuple[str, int, str]]) -> dict[str, str]:
    """Return what the kubelet makes for a Service (kubernetes/pkg/kubelet/envvars/envvars.go)."""
    stem = service.upper().replace("-", "_")
    at = f"[{address}]" if ":" in address else address
    _, first, protocol = named[0]
    found = {
        f"{stem}_SERVICE_HOST": address,
        f"{stem}_SERVICE_PORT": str(first),
        f"{stem}_PORT": f"{protocol.lower()}://{at}:{first}",
    }
    for name, port, kind in named:
        link = f"{stem}_PORT_{port}_{kind}"
        found[f"{stem}_SERVICE_PORT_{name.upper().replace('-', '_')}"] = str(port)
        found[link] = f"{kind.lower()}://{at}:{port}"
        found |= {f"{link}_PROTO": kind.lower(), f"{link}_PORT": str(port), f"{link}_ADDR": address}
    return found


@given(labels, addresses, ports)
def test_a_service_of_any_name_changes_nothing(
    service: str, address: str, named: list[tuple[str, int, str]]
) -> None:
    assert settings_from(TOML, service_variables(service, address, named), SECRET="fake") == settings_from(
        TOML, SECRET="fake"
    )


def test_a_service_whose_name_is_a_keys_leaves_the_key_to_the_file() -> None:
    made = service_variables("hookline-web", "10.0.0.1", [("http", 8000, "TCP")])
    assert made["HOOKLINE_WEB_PORT"] == "tcp://10.0.0.1:8000"
    assert settings_from(TOML, made, SECRET="fake").web.port == 8123


def test_a_service_can_be_referred_to() -> None:
    made = service_variables("hookline-redis", "10.0.0.7", [("redis", 6379, "TCP")])
    toml = '[redis]\nurl = "redis://${HOOKLINE_REDIS_SERVICE_HOST}:${HOOKLINE_REDIS_SERVICE_PORT}/0"'
    assert settings_from(toml, made).redis.url == "redis://10.0.0.7:6379/0"


@pytest.mark.parametrize(
    ("name", "value", "meant"),
    [
        ("HOOKLINE_WEB_PROT", "8000", "HOOKLINE_WEB_PORT"),
        ("HOOKLINE_WEB_PROT", "", "HOOKLINE_WEB_PORT"),
        ("HOOKLINE_REDIS_ULR", "redis://h/0", "HOOKLINE_REDIS_URL"),
        ("HOOKLINE_SOURCES_MY_SHOP_SECRET", "fake", "HOOKLINE_SOURCES_MY_SHOP_SECRETS"),
        ("HOOKLINE_WEB_SERVICE_HOST", "example.com", "HOOKLINE_WEB_HOST"),
        ("HOOKLINE_CONFIGS", "x.toml", "HOOKLINE_CONFIG"),
    ],
)
def test_a_misspelt_variable_is_named_with_the_one_that_was_meant(name: str, value: str, meant: str) -> None:
    fault = fault_of("", {name: value})
    assert fault.startswith(f"the environment variable {name} belongs to no key: did you mean {meant}?")


def test_a_value_like_a_services_is_no_port() -> None:
    assert "must be a port" in fault_of("", HOOKLINE_WEB_PORT="http://10.0.0.1:8000")


@pytest.mark.parametrize("empty", ["", " ", "\n"])
def test_an_empty_variable_of_a_source_leaves_the_file_alone(empty: str) -> None:
    settings = settings_from(TOML, HOOKLINE_SOURCES_WEB_SECRETS=empty, SECRET="fake-secret")
    assert settings.sources["web"].secret_texts() == ["fake-secret"]


def test_an_empty_variable_makes_no_source() -> None:
    assert settings_from("", HOOKLINE_SOURCES_STRIPE_PROVIDER="").sources == {}


def test_an_empty_secret_is_refused_by_its_name() -> None:
    assert "the environment variable SECRET is not set or empty" in fault_of(TOML, SECRET="\ufeff\r\n")


def test_flower_is_started_without_what_is_not_meant_for_it() -> None:
    environ = {
        **service_variables("flower", "10.0.0.1", [("http", 5555, "TCP")]),
        "FLOWER_URL_PREFIX": "flower",
        "FLOWER_BASIC_AUTH": "",
        "FLOWER_ADDRESS": "0.0.0.0",
        "PATH": "/bin",
    }
    clear_flower(environ)
    assert environ == {"FLOWER_URL_PREFIX": "flower", "PATH": "/bin"}


@pytest.mark.parametrize("name", ["CELERY_BROKER_URL", "CELERY_BROKER_READ_URL", "CELERY_RESULT_BACKEND"])
def test_what_would_send_celery_elsewhere_is_refused_and_not_quoted(name: str) -> None:
    (fault,) = celery_faults({name: "redis://:whisper@other/0"})
    assert fault.startswith(f"{name} is set: ")
    assert "whisper" not in fault


def test_celery_reads_its_broker_from_the_environment_of_this_test_alone() -> None:
    made = service_variables("celery", "10.0.0.1", [("broker", 6379, "TCP")])
    assert celery_faults({**made, "CELERY_BROKER_URL": "", "PATH": os.defpath}) == []
