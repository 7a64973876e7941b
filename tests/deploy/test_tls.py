"""`rediss://` for every process: the server is proven by a CA and by its name, or not spoken to."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from tests.support.loops import running_hub
from tests.support.processes import Installation
from tests.support.servers import PATIENT, StoreServer, free_port
from tests.support.stripe_sender import make_body, post, send
from tests.support.tls import Authority, Terminator
from tests.support.waiting import until
from webhooks.errors import Unavailable
from webhooks.serving.pipeline import Pipeline
from webhooks.store.connection import RedisConnection


@dataclass(frozen=True)
class TlsStore:
    """A store that speaks TLS under the name `localhost`; `client` is ours, which it may ask for."""

    port: int
    ca: Path
    other_ca: Path
    client: tuple[Path, Path]

    def url(self, *, host: str = "localhost", ca: Path | None = None) -> str:
        named = f"?ssl_ca_certs={ca or self.ca}&ssl_certfile={self.client[0]}&ssl_keyfile={self.client[1]}"
        return f"rediss://{host}:{self.port}/0{named}"


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TlsStore]:
    """The server's own TLS where HOOKLINE_TEST_SERVER names one that has it, else a terminator before it."""
    folder = tmp_path_factory.mktemp("tls")
    authority, other = Authority(folder, "ca"), Authority(folder, "other-ca")
    certificate, key = authority.sign("server", "localhost")
    client = authority.sign("client", "client.example.com")
    server = StoreServer(folder)
    own = "HOOKLINE_TEST_SERVER" in os.environ and bool(os.environ["HOOKLINE_TEST_SERVER"])
    with ExitStack() as stack:
        stack.callback(server.stop)
        if own:
            port = free_port()
            server.start(
                *("--tls-port", str(port), "--tls-cert-file", str(certificate), "--tls-key-file", str(key)),
                *("--tls-ca-cert-file", str(authority.path), "--tls-auth-clients", "yes"),
            )
        else:
            server.start()
            port = stack.enter_context(Terminator(server.port, certificate, key)).port
        yield TlsStore(port=port, ca=authority.path, other_ca=other.path, client=client)


@pytest.fixture
def hookline(tmp_path: Path, tls: TlsStore) -> Iterator[Installation]:
    found = Installation(tmp_path, tls.url())
    found.configure('[worker]\nhandlers = ["handlers"]\nprocesses = 1\n')
    found.write_handlers("from workers import on\n\n@on('stripe', '*')\ndef any(event):\n    pass\n")
    yield found
    found.stop()


def test_receiver_worker_flower_and_command_line_speak_tls_by_one_url(hookline: Installation) -> None:
    hookline.start_web()
    hookline.start_flower()
    hookline.start_worker()
    hookline.meet()
    event_id = send(hookline.url)
    flower = f"http://127.0.0.1:{hookline.flower_port}"
    until(
        lambda: "SUCCESS" in requests.get(f"{flower}/task/{event_id}.1", timeout=5).text,
        what="Flower heard of it",
    )
    assert "hookline" in requests.get(f"{flower}/broker", timeout=10).text
    assert json.loads(hookline.cli("events", "show", event_id, "--json").stdout)["state"] == "succeeded"


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [("another CA", "certificate"), ("another name", "mismatch"), ("no CA of ours", "certificate")],
)
def test_a_server_that_is_not_proven_is_not_spoken_to(tls: TlsStore, wrong: str, reason: str) -> None:
    url = {
        "another CA": tls.url(ca=tls.other_ca),
        "another name": tls.url(host="127.0.0.1"),
        "no CA of ours": f"rediss://localhost:{tls.port}/0",
    }[wrong]
    with running_hub() as hub:
        for connection in (RedisConnection(url, timeout=PATIENT), Pipeline(url, timeout=PATIENT, hub=hub)):
            with pytest.raises(Unavailable, match=f"Redis is not who it must be: .*{reason}"):
                connection.execute("PING")
            connection.close()


def test_a_port_without_tls_is_not_spoken_to(store_server: StoreServer) -> None:
    connection = RedisConnection(store_server.url.replace("redis://", "rediss://"), timeout=0.5)
    with pytest.raises(Unavailable, match=r"does not (speak TLS|answer)"):
        connection.execute("PING")
    connection.close()


def test_with_a_wrong_ca_the_receiver_answers_503_and_the_operator_is_told_why(
    hookline: Installation, tls: TlsStore
) -> None:
    hookline.environ["HOOKLINE_REDIS_URL"] = tls.url(ca=tls.other_ca)
    hookline.start_web()
    flower = hookline.start_flower()
    worker = hookline.start("worker")
    assert post(hookline.url, make_body()).status_code == 503
    until(lambda: "certificate verify failed" in worker.output, what="the worker says why")
    until(lambda: "certificate verify failed" in flower.output, what="Flower says why")
    checked = hookline.cli("check", "--json", check=False)
    assert "Redis is not who it must be" in checked.stdout
