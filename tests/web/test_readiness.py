"""`/readyz`: the word for everybody, the details for operators."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType

import pytest
from flask.testing import FlaskClient

from tests.support.servers import PATIENT, StoreServer
from webhooks.app import create_app
from webhooks.config import Settings
from webhooks.config.sections import Redis, Spool, Web
from webhooks.config.sources import read_source

TOKEN = "fake-status-token"


def client(url: str, *, token: str = "", spool: str = "") -> FlaskClient:
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
        spool=Spool(directory=spool),
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


@pytest.mark.parametrize("setting", [("maxmemory", "1"), ("min-replicas-to-write", "1")])
@pytest.mark.parametrize("spooling", [True, False])
def test_a_store_that_takes_no_writes_is_spooled_for_or_not_ready(
    own_server: StoreServer, tmp_path: Path, setting: tuple[str, str], *, spooling: bool
) -> None:
    own = client(own_server.url, spool=str(tmp_path) if spooling else "")
    own_server.connect().execute("CONFIG", "SET", *setting)
    found = own.get("/readyz", environ_base={"REMOTE_ADDR": "127.0.0.1"})
    if spooling:
        assert (found.status_code, found.get_json()["status"]) == (200, "spooling")
        assert found.get_json()["reason"].startswith("refused, ")
    else:
        assert (found.status_code, found.get_json()["error"]["code"]) == (503, "unavailable")
        assert found.headers["Retry-After"] == "5"


def test_a_replica_is_not_ready_and_names_its_primary(own_server: StoreServer) -> None:
    own = client(own_server.url)
    own_server.connect().execute("CONFIG", "SET", "replica-read-only", "no")
    own_server.connect().execute("REPLICAOF", "127.0.0.1", "1")
    found = own.get("/readyz", environ_base={"REMOTE_ADDR": "127.0.0.1"})
    assert found.status_code == 503
    assert "promote it" in found.get_json()["error"]["message"]
