"""Flower is shown to nobody by mistake."""

from __future__ import annotations

import pytest

from webhooks.config import Settings
from webhooks.config.sections import Flower, Redis
from webhooks.errors import Misconfigured
from workers.flower import FORGET, check_exposure, forget_workers

REDIS = Redis(url="redis://127.0.0.1:6379/0")


def settings(host: str = "127.0.0.1", basic_auth: str = "") -> Settings:
    return Settings(redis=REDIS, flower=Flower(host=host, basic_auth=basic_auth))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_on_loopback_no_password_is_needed(host: str) -> None:
    check_exposure(settings(host), {})


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.5", "flower.example.com", "127.0.0.1.example.com"])
def test_beyond_loopback_flower_does_not_start_without_a_password(host: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        check_exposure(settings(host), {})
    (fault,) = caught.value.faults
    assert fault.startswith(f"flower.basic_auth is missing: Flower on {host} would show every event")
    assert "set HOOKLINE_FLOWER_BASIC_AUTH=user:password, or flower.host to 127.0.0.1" in fault


def test_beyond_loopback_a_password_opens_it() -> None:
    check_exposure(settings("0.0.0.0", "user:fake-password"), {})


@pytest.mark.parametrize("value", ["true", "1", "false", ""])
def test_an_open_api_is_refused_on_loopback_too_since_any_web_page_could_run_tasks(value: str) -> None:
    with pytest.raises(Misconfigured, match="FLOWER_UNAUTHENTICATED_API is set: unset it"):
        check_exposure(settings(), {"FLOWER_UNAUTHENTICATED_API": value})


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(Misconfigured) as caught:
        check_exposure(Settings(flower=Flower(host="0.0.0.0")), {"FLOWER_UNAUTHENTICATED_API": "1"})
    assert len(caught.value.faults) == 3


def test_a_password_is_never_told() -> None:
    found = Settings(flower=Flower(host="0.0.0.0", basic_auth="user:fake-password"))
    with pytest.raises(Misconfigured) as caught:
        check_exposure(found, {"FLOWER_UNAUTHENTICATED_API": "1"})
    assert "fake-password" not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "kept"), [({}, str(FORGET)), ({"FLOWER_PURGE_OFFLINE_WORKERS": "60"}, "60")]
)
def test_workers_that_are_gone_leave_the_list(given: dict[str, str], kept: str) -> None:
    forget_workers(given)
    assert given == {"FLOWER_PURGE_OFFLINE_WORKERS": kept}
