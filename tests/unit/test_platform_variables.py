"""PORT and WEB_CONCURRENCY, as Heroku, Cloud Run and their kind mean them."""

from __future__ import annotations

import pytest

from tests.support.config import fault_of, settings_from

FILE = "[web]\nport = 8123\nworkers = 5"


def test_the_port_of_a_platform_is_listened_on_at_all_addresses() -> None:
    web = settings_from("", {"PORT": "5000"}).web
    assert (web.host, web.port) == ("0.0.0.0", 5000)


def test_the_concurrency_of_a_platform_is_the_number_of_processes() -> None:
    assert settings_from("", {"WEB_CONCURRENCY": "7"}).web.workers == 7


def test_a_platform_wins_over_the_file_as_every_variable_does() -> None:
    web = settings_from(FILE, {"PORT": "5000", "WEB_CONCURRENCY": "7"}).web
    assert (web.host, web.port, web.workers) == ("0.0.0.0", 5000, 7)


@pytest.mark.parametrize("broken", ["5000", "http", "tcp://10.0.0.1:80", ""])
def test_our_own_variables_win_over_the_platforms(broken: str) -> None:
    environ = {
        "PORT": broken,
        "WEB_CONCURRENCY": broken,
        "HOOKLINE_WEB_PORT": "9",
        "HOOKLINE_WEB_WORKERS": "3",
    }
    web = settings_from(FILE, environ).web
    assert (web.host, web.port, web.workers) == ("127.0.0.1", 9, 3)


@pytest.mark.parametrize(
    ("toml", "environ"), [('[web]\nhost = "::1"', {}), ("", {"HOOKLINE_WEB_HOST": "::1"})]
)
def test_a_host_that_is_set_stays_beside_a_platforms_port(toml: str, environ: dict[str, str]) -> None:
    web = settings_from(toml, {"PORT": "5000", **environ}).web
    assert (web.host, web.port) == ("::1", 5000)


def test_empty_ones_say_nothing() -> None:
    assert settings_from(FILE, {"PORT": " ", "WEB_CONCURRENCY": ""}) == settings_from(FILE)


@pytest.mark.parametrize(
    ("name", "value", "ours"),
    [
        ("PORT", "tcp://10.0.0.1:80", "HOOKLINE_WEB_PORT"),
        ("PORT", "65536", "HOOKLINE_WEB_PORT"),
        ("WEB_CONCURRENCY", "auto", "HOOKLINE_WEB_WORKERS"),
        ("WEB_CONCURRENCY", "0", "HOOKLINE_WEB_WORKERS"),
    ],
)
def test_one_that_is_no_number_is_a_fault_by_its_own_name(name: str, value: str, ours: str) -> None:
    fault = fault_of("", {name: value})
    assert fault.startswith(f"{name} must be ")
    assert fault.endswith(f"; {ours} wins over it")
