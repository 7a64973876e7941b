"""Records that are admitted together keep what belongs to each."""

from __future__ import annotations

from pathlib import Path

from tests.spool.records import spooled
from webhooks.spool.drain import drain
from webhooks.spool.spool import Spool
from webhooks.store.connection import RedisConnection
from webhooks.store.secret_uses import secret_uses


def test_each_secret_is_counted_for_the_deliveries_that_it_proved(
    tmp_path: Path, connection: RedisConnection
) -> None:
    spool = Spool(tmp_path, max_bytes=2**20)
    for name, secret in (("evt_1", "0a1b2c3d"), ("evt_2", "ffffffff"), ("evt_3", "ffffffff")):
        spool.put(spooled(name)._replace(secret=secret))
    drain(tmp_path, connection)
    counts = {secret: count for secret, (count, _) in secret_uses(connection, "stripe").items()}
    assert counts == {"0a1b2c3d": 1, "ffffffff": 2}
