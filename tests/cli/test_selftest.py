"""`hookline send` in all its forms, against a running receiver."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Console
from tests.signatures.credentials import credentials
from webhooks.store.connection import RedisConnection

PLAIN = ("twilio", "slack", "shopify", "adyen", "svix")
PUBLIC = ("discord", "sendgrid")
FETCHED = ("paypal", "aws_sns")
EXACT = {"good": "200 accepted", "truncated": "400 body_truncated", "unsigned": "401 signature_missing"}
AWAITED = ("handshake",)
"""What the receiver does not answer yet."""


def table(name: str) -> str:
    return f'[sources.{name}]\nprovider = "{name}"\nsecrets = [{json.dumps(credentials(name).secret)}]\n'


@pytest.fixture
def receiver(console: Console, tmp_path: Path) -> Iterator[Console]:
    """A running receiver with a source for each provider, and the private keys in files."""
    console.configure("\n".join(table(name) for name in (*PLAIN, *PUBLIC, *FETCHED)))
    for name in PUBLIC:
        (tmp_path / f"{name}.pem").write_text(str(credentials(name).signing))
    console.start_web()
    yield console
    console.stop()


def selftest(console: Console, source: str, *more: str) -> dict[str, dict[str, Any]]:
    """The rows of a selftest by what was tried; none is wrong."""
    done = console.cli("send", "--selftest", source, "--json", *more, check=False)
    rows = {row["what"]: row for row in json.loads(done.stdout)}
    wrong = [row for row in rows.values() if row["ok"] is False and row["what"] not in AWAITED]
    assert wrong == []
    for what, answer in EXACT.items():
        # Where a provider wants an answer of its own, or we cannot sign, there is no such word.
        assert rows[what]["skipped"] or rows[what]["got"].split()[0] == answer.split()[0]
    return rows


def test_shared_secrets(receiver: Console) -> None:
    timed = {"stripe", "slack", "svix", "orders"}
    for source in ("stripe", "github", "orders", *PLAIN):
        rows = selftest(receiver, source)
        assert ("stale" in rows) is (source in timed)
        assert {"good", "altered", "unsigned", "duplicate", "truncated"} <= set(rows)
        assert ("handshake" in rows) is (source == "slack")


def test_public_keys_with_the_private_one_in_a_file(receiver: Console, tmp_path: Path) -> None:
    for source in PUBLIC:
        rows = selftest(receiver, source, "--private-key", str(tmp_path / f"{source}.pem"))
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


def test_the_table_is_aligned_and_a_wrong_answer_is_exit_1(receiver: Console) -> None:
    lines = receiver.cli("send", "--selftest", "stripe").stdout.splitlines()
    assert lines[0].split() == ["what", "expected", "got", "ok"]
    assert [line.split()[-1] for line in lines[1:]] == ["ok"] * 6
    assert len({re.split(r" {2,}", line)[0] for line in lines}) == 7
    assert all(line[lines[0].index("got") - 1] == " " for line in lines)
    receiver.environ["HOOKLINE_SOURCES_STRIPE_SECRETS"] = "whsec_fake_but_another"
    done = receiver.cli("send", "--selftest", "stripe", check=False)
    assert done.returncode == 1
    assert re.search(r"good +200 accepted +401 signature_mismatch +no", done.stdout)


@pytest.mark.parametrize("bad", ["stale", "altered", "unsigned", "duplicate", "truncated"])
def test_each_bad_one_is_refused_as_it_must_be(receiver: Console, bad: str) -> None:
    for source in ("stripe", "orders"):
        done = receiver.cli("send", source, "--bad", bad)
        assert done.stdout.startswith(("4", "200") if bad == "duplicate" else "4")
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


def test_a_receiver_that_takes_anything_is_found_out(console: Console, connection: RedisConnection) -> None:
    """With the source's own secret changed behind its back, what must be a duplicate is refused."""
    console.start_web()
    try:
        console.environ["HOOKLINE_SOURCES_GITHUB_SECRETS"] = "fake-but-another"
        done = console.cli("send", "github", "--bad", "duplicate", check=False)
    finally:
        console.stop()
    assert done.returncode == 1
    assert done.stderr.rstrip().endswith("WRONG")
