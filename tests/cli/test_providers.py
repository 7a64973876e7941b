"""`hookline providers`: the list, one of them, and how the secrets are used."""

from __future__ import annotations

import json
import time
import tomllib
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.cli.conftest import Console
from webhooks.providers.catalog import PROVIDERS
from webhooks.providers.manner import manner
from webhooks.signatures.fingerprint import fingerprint
from webhooks.store.connection import RedisConnection
from webhooks.store.keys import KEYS
from webhooks.store.secret_uses import secret_uses

DAY = 86400
OLD, NEW = "whsec_fake_old", "whsec_fake_new"


def test_all_providers_are_listed_with_deadline_retries_and_weakness(console: Console) -> None:
    lines = console.cli("providers").stdout.splitlines()
    assert len(lines) == len(PROVIDERS) + 1
    rows = {line.split()[0]: line for line in lines}
    assert "HMAC-SHA256" in rows["github"]
    assert "never redelivers by itself" in rows["github"]
    assert "10 seconds" in rows["github"]
    assert "3 days" in rows["stripe"]
    assert "not published" in rows["airtable"]
    assert rows["square"].split()[-2:] == ["yes", "-"]
    assert rows["gitlab"].rstrip().endswith("weak")
    # Aligned: every title begins where the heading does.
    at = lines[0].index("title")
    assert all(line[at - 1] == " " and line[at] != " " for line in lines)


def test_the_list_for_programs(console: Console) -> None:
    rows = {row["name"]: row for row in json.loads(console.cli("providers", "--json").stdout)}
    assert set(rows) == set(PROVIDERS)
    assert rows["github"]["retries"] is False
    assert rows["stripe"]["retry_window_seconds"] == 3 * DAY
    assert rows["airtable"]["retry_window_seconds"] is None
    assert rows["slack"]["ack_deadline_seconds"] == 3


@pytest.mark.parametrize("name", ["stripe", "paypal", "meta_whatsapp", "ebay", "twilio"])
def test_one_provider_is_shown_with_toml_that_can_be_copied(console: Console, name: str) -> None:
    shown = console.cli("providers", name).stdout
    provider = PROVIDERS[name]
    assert provider.title in shown
    assert provider.weakness in shown
    facts, _, toml = shown.partition("[sources.")
    assert all(word in facts for word in ("signs by", "answer within", "tries again"))
    assert tomllib.loads("[sources." + toml)["sources"][name]["provider"] == name


def test_an_unknown_provider_is_told_with_the_nearest(console: Console) -> None:
    done = console.cli("providers", "strip", check=False)
    assert done.returncode == 2
    assert "did you mean stripe" in done.stderr
    assert "hookline.example.toml" in console.cli("providers", "hmac", check=False).stderr
    assert console.cli("providers", "stripe", "--secrets", check=False).returncode == 2


def test_how_each_provider_signs_can_be_said() -> None:
    words = {name: manner(provider) for name, provider in PROVIDERS.items()}
    assert "a way of its own" not in words.values()
    assert words["stripe"] == "HMAC-SHA256, timed"
    assert words["discord"] == "Ed25519 public key, timed"
    assert words["cloudinary"] == "hash with the key, SHA1, timed"
    assert words["standardwebhooks"].startswith("HMAC-SHA256, timed, or Ed25519")
    assert words["pusher"] == "HMAC-SHA256, timed"


def rotated(console: Console, connection: RedisConnection, **uses: float) -> list[dict[str, Any]]:
    """Two secrets of Stripe, used so many days ago, as `providers --secrets` shows them."""
    console.environ["HOOKLINE_SOURCES_STRIPE_SECRETS"] = f"{OLD}, {NEW}"
    for name, days in uses.items():
        mark = fingerprint({"old": OLD, "new": NEW}[name])
        last = int((time.time() - days * DAY) * 1000)
        connection.execute("HSET", KEYS["secrets"] + "stripe", f"{mark}:count", 7, f"{mark}:last", last)
    rows = json.loads(console.cli("providers", "--secrets", "--json").stdout)
    return [row for row in rows if row["source"] == "stripe"]


def test_a_secret_that_another_has_replaced_can_be_deleted(
    console: Console, connection: RedisConnection
) -> None:
    old, new = rotated(console, connection, old=12.5, new=0.1)
    assert (old["number"], old["state"], old["deletable"]) == (
        1,
        "not used for 12 days: can be deleted",
        True,
    )
    assert (new["number"], new["state"], new["used"]) == (2, "in use", 7)
    shown = console.cli("providers", "--secrets").stdout
    assert "not used for 12 days: can be deleted" in shown
    assert OLD not in shown
    assert NEW not in shown


def test_a_secret_is_kept_while_its_events_may_still_come(
    console: Console, connection: RedisConnection
) -> None:
    old, _ = rotated(console, connection, old=2, new=0)
    assert old["state"] == "in use"


def test_a_secret_that_nothing_has_replaced_is_kept(console: Console, connection: RedisConnection) -> None:
    gone = fingerprint("whsec_fake_deleted")
    now = int(time.time() * 1000)
    connection.execute("HSET", KEYS["secrets"] + "stripe", f"{gone}:count", 1, f"{gone}:last", now)
    old, new = rotated(console, connection, old=90)
    assert (old["state"], old["deletable"]) == ("in use", False)
    assert (new["state"], new["used"], new["last_used"]) == ("never used", 0, None)


def test_a_secret_outside_its_time_is_said_to_be(console: Console) -> None:
    ended, coming = (datetime.fromtimestamp(time.time() + days * DAY, UTC).isoformat() for days in (-1, 1))
    console.configure(
        f"""
        [sources.dated]
        provider = "github"
        secrets = [
            {{ secret = "fake-ended", not_after = "{ended}" }},
            {{ secret = "fake-coming", not_before = "{coming}" }},
            {{ secret = "fake-current", not_before = "{ended}", not_after = "{coming}" }},
        ]
        """
    )
    rows = json.loads(console.cli("providers", "--secrets", "--json").stdout)
    rows = [row for row in rows if row["source"] == "dated"]
    assert [row["state"] for row in rows] == ["expired: can be deleted", "not valid yet", "never used"]
    assert rows[1]["not_before"].endswith("Z")


def test_a_fingerprint_names_a_secret_and_does_not_tell_it() -> None:
    assert fingerprint(OLD) != fingerprint(NEW)
    assert len(fingerprint(OLD)) == 8
    table = {"key": "fake", "secret": "fake-too"}
    assert fingerprint(table) == fingerprint(dict(reversed(table.items())))
    assert fingerprint(table) != fingerprint({**table, "secret": "fake-other"})


def test_uses_are_read_in_seconds(connection: RedisConnection) -> None:
    assert secret_uses(connection, "stripe") == {}
    connection.execute(
        "HSET", KEYS["secrets"] + "stripe", "0a1b2c3d:count", 2, "0a1b2c3d:last", 1_790_000_000_500
    )
    assert secret_uses(connection, "stripe") == {"0a1b2c3d": (2, 1_790_000_000.5)}
