"""`/readyz`: the word for everybody, the details for operators."""

from __future__ import annotations

from types import MappingProxyType

import pytest
from flask.testing import FlaskClient

from tests.support.servers import PATIENT, StoreServer
from webhooks.app import create_app
from webhooks.config import Settings
from webhooks.config.sections import Redis, Web
from webhooks.config.sources import read_source

TOKEN = "fake-status-token"


def client(url: str, *, token: str = "") -> FlaskClient:
    source = read_source(
        "stripe",
        {"provider": "stripe", "secrets": ["whsec_fake"]},
        retry=Settings().retry,
        key_retention=3600.0,
        max_body=None,
        vault={},
        faults=[],
    )
    assert source is not None
    settings = Settings(
        redis=Redis(url=url, timeout=PATIENT),
        web=Web(status_token=token),
        sources=MappingProxyType({"stripe": source}),
    )
    return create_app(settings).test_client()


@pytest.fixture
def url(store_server: StoreServer) -> str:
    return store_server.url


def test_a_stranger_gets_the_status_and_one_word(url: str) -> None:
    found = client(url).get("/readyz", environ_base={"REMOTE_ADDR": "192.0.2.1"})
    assert (found.status_code, found.get_json()) == (200, {"status": "ready"})


def test_loopback_gets_the_details(url: str) -> None:
    found = client(url).get("/readyz", environ_base={"REMOTE_ADDR": "127.0.0.1"}).get_json()
    assert found["status"] == "ready"
    assert found["store"]


def test_a_token_gets_the_details_from_anywhere(url: str) -> None:
    own = client(url, token=TOKEN)
    stranger = {"REMOTE_ADDR": "192.0.2.1"}
    opened = own.get("/readyz", environ_base=stranger, headers={"Authorization": f"Bearer {TOKEN}"})
    assert opened.get_json()["store"]
    assert own.get("/readyz", environ_base={"REMOTE_ADDR": "127.0.0.1"}).get_json() == {"status": "ready"}


def test_what_is_wrong_is_for_operators_too() -> None:
    away = "redis://127.0.0.1:1/0"
    own = client(away)
    stranger = own.get("/readyz", environ_base={"REMOTE_ADDR": "192.0.2.1"})
    operator = own.get("/readyz", environ_base={"REMOTE_ADDR": "127.0.0.1"})
    assert stranger.status_code == operator.status_code == 503
    assert stranger.headers["Retry-After"] == operator.headers["Retry-After"]
    assert stranger.get_json()["error"]["code"] == operator.get_json()["error"]["code"] == "unavailable"
    assert stranger.get_json()["error"]["message"] != operator.get_json()["error"]["message"]
