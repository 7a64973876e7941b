"""`hookline send` in all its forms, against a running receiver."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from tests.cli.conftest import Console
from tests.signatures.credentials import credentials
from tests.support.servers import StoreServer
from webhooks.event import Delivery
from webhooks.providers.catalog import PROVIDERS
from webhooks.providers.handshakes import answer

PLAIN = ("twilio", "slack", "shopify", "adyen", "svix")
PUBLIC = ("discord", "sendgrid")
FETCHED = ("paypal", "aws_sns")
EXACT = {"good": "200 accepted", "truncated": "400 body_truncated", "unsigned": "401 signature_missing"}


def table(name: str) -> str:
    return f'[sources.{name}]\nprovider = "{name}"\nsecrets = [{json.dumps(credentials(name).secret)}]\n'


@pytest.fixture(scope="module")
def receiver(tmp_path_factory: pytest.TempPathFactory, store_server: StoreServer) -> Iterator[Console]:
    """A running receiver with a source for each provider, and the private keys in files."""
    found = Console(tmp_path_factory.mktemp("selftest"), store_server.url)
    found.configure("\n".join(table(name) for name in (*PLAIN, *PUBLIC, *FETCHED)))
    for name in PUBLIC:
        (found.folder / f"{name}.pem").write_text(str(credentials(name).signing))
    found.start_web()
    yield found
    found.stop()


def selftest(console: Console, source: str, *more: str) -> dict[str, dict[str, Any]]:
    """The rows of a selftest by what was tried; none is wrong."""
    done = console.cli("send", "--selftest", source, "--json", *more, check=False)
    rows = {row["what"]: row for row in json.loads(done.stdout)}
    wrong = [row for row in rows.values() if row["ok"] is False]
    assert wrong == []
    for what, right in EXACT.items():
        # Where a provider wants an answer of its own, or we cannot sign, there is no such word.
        assert rows[what]["skipped"] or rows[what]["got"].split()[0] == right.split()[0]
    return rows


def test_shared_secrets(receiver: Console) -> None:
    timed = {"stripe", "slack", "svix", "orders"}
    for source in ("stripe", "github", "orders", *PLAIN):
        rows = selftest(receiver, source)
        assert ("stale" in rows) is (source in timed)
        assert {"good", "altered", "unsigned", "duplicate", "truncated"} <= set(rows)
        assert ("handshake" in rows) is (source == "slack")


def test_public_keys_with_the_private_one_in_a_file(receiver: Console) -> None:
    for source in PUBLIC:
        rows = selftest(receiver, source, "--private-key", f"{source}.pem")
        assert rows["good"]["ok"] is True
        assert rows["stale"]["got"] == "401 timestamp_stale"
        bare = selftest(receiver, source)
        assert "--private-key" in bare["good"]["got"]
        assert bare["altered"]["got"] == "401 signature_mismatch"


def test_fetched_certificates_are_refused_and_the_good_one_is_skipped(receiver: Console) -> None:
    for source, title in (("paypal", "PayPal"), ("aws_sns", "Amazon SNS")):
        rows = selftest(receiver, source)
        assert rows["good"] == {
            "what": "good",
            "expected": "-",
            "got": f"not possible: only {title} can sign",
            "ok": None,
            "skipped": True,
        }
        assert rows["hostile key URL"]["got"] == "401 key_untrusted"
        assert rows["unsigned"]["got"].startswith("401 ")
        assert set(rows) == {"good", "altered", "unsigned", "truncated", "hostile key URL"}


def test_the_table_is_aligned_and_a_wrong_answer_is_exit_1(
    receiver: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = receiver.cli("send", "--selftest", "stripe").stdout.splitlines()
    assert lines[0].split() == ["what", "expected", "got", "ok"]
    assert [line.split()[-1] for line in lines[1:]] == ["ok"] * 6
    assert len({re.split(r" {2,}", line)[0] for line in lines}) == 7
    assert all(line[lines[0].index("got") - 1] == " " for line in lines)
    monkeypatch.setitem(receiver.environ, "HOOKLINE_SOURCES_STRIPE_SECRETS", "whsec_fake_but_another")
    done = receiver.cli("send", "--selftest", "stripe", check=False)
    assert done.returncode == 1
    assert re.search(r"good +200 accepted +401 signature_mismatch +no", done.stdout)
    done = receiver.cli("send", "stripe", "--bad", "duplicate", check=False)
    assert (done.returncode, done.stderr.rstrip()[-5:]) == (1, "WRONG")


def test_each_bad_one_is_refused_as_it_must_be(receiver: Console) -> None:
    for bad, status in (
        ("stale", 401),
        ("altered", 401),
        ("unsigned", 401),
        ("duplicate", 200),
        ("truncated", 400),
    ):
        done = receiver.cli("send", "orders", "--bad", bad)
        assert done.stdout.startswith(f"{status} in ")
        assert done.stderr.rstrip().endswith("as it must be")
    sent = json.loads(receiver.cli("send", "github", "--bad", "unsigned", "--json").stdout)
    assert (sent["status"], sent["expected"], sent["ok"]) == (401, "401 signature_missing", True)


def test_what_cannot_be_sent_says_why(console: Console) -> None:
    console.configure("\n".join(table(name) for name in ("discord", "paypal")))
    for arguments, reason in (
        (("github", "--bad", "stale"), "no time is signed"),
        (("paypal",), "only PayPal can sign"),
        (("paypal", "--bad", "duplicate"), "only PayPal can sign"),
        (("discord",), "--private-key"),
        (("discord", "--handshake"), "private key as PEM"),
        (("stripe", "--handshake"), "no handshake that can be sent"),
    ):
        done = console.cli("send", *arguments, check=False)
        assert done.returncode == 1
        assert reason in done.stderr
    assert console.cli("send", "stripe", "--bad", "stale", "--handshake", check=False).returncode == 2


@pytest.mark.parametrize("name", ["slack", "zoom", "discord", "twitch", "dropbox", "x_twitter", "trello"])
def test_a_handshake_is_sent_and_its_answer_shown(console: Console, tmp_path: Path, name: str) -> None:
    console.configure(table(name))
    (tmp_path / "key.pem").write_text(str(credentials(name).signing))
    more = ["--private-key", str(tmp_path / "key.pem")] if name in PUBLIC else []
    with answering(name) as url:
        done = console.cli("send", name, "--handshake", "--url", url, *more)
        assert done.stdout.startswith("200 in ")
        assert done.stderr.rstrip().endswith("as it must be")
    with answering("postal") as url:
        done = console.cli("send", name, "--handshake", "--url", url, *more, check=False)
        assert (done.returncode, done.stderr.rstrip()[-5:]) == (1, "WRONG")


@contextmanager
def answering(name: str) -> Iterator[str]:
    """Yield the URL of what answers a provider's handshakes and 404 to all else."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            delivery = Delivery(
                method=self.command,
                url=f"http://{self.headers['Host']}{self.path}",
                headers=tuple(self.headers.items()),
                body=self.rfile.read(size),
                received_at=time.time(),
            )
            found = answer(PROVIDERS[name], delivery, credentials(name).secrets, {}, time.time())
            self.send_response(found.status if found is not None else 404)
            body = found.body if found is not None else b"nobody"
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body if self.command != "HEAD" else b"")

        do_GET = do_HEAD = do_POST  # noqa: N815 - the library's names

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
