"""F11: a failover to a replica that was cut off: what asynchronous replication loses, stated.

Hookline promises one server with fsync. Redis acknowledges a write before its replica has it, so a
replica that is promoted lacks what it had not received; `min-replicas-to-write` bounds for how long.
"""

from __future__ import annotations

import time

from tests.chaos.experiments import common
from tests.chaos.experiments.common import Tell
from tests.chaos.load import Load
from tests.chaos.proxy import Mode, Proxy
from tests.chaos.result import Result
from tests.chaos.stage import Stage
from tests.support.servers import StoreServer
from tests.support.waiting import until
from webhooks.store.keys import KEYS

CUT_OFF = 5.0
"""Seconds between the replica's partition and the primary's death."""

LAG = 1
"""Seconds of silence after which a replica does not count (`min-replicas-max-lag`)."""


def fail_over(rounds: int, tell: Tell) -> Result:
    """F11: the replica is cut off, the primary dies, the replica is promoted."""
    return _measure("F11", "failover to a replica cut off for 5 s", rounds, tell, min_replicas=0)


def fail_over_guarded(rounds: int, tell: Tell) -> Result:
    """F11 with a primary that refuses writes without a replica in touch."""
    fault = f"the same with min-replicas-to-write 1, min-replicas-max-lag {LAG}"
    return _measure("F11 min-replicas", fault, rounds, tell, min_replicas=1)


def _measure(name: str, fault: str, rounds: int, tell: Tell, *, min_replicas: int) -> Result:
    acknowledged, absent, refused = 0, 0, 0
    for number in range(rounds):
        with Stage(proxied=True, spool=False, workers=1) as stage:
            ids, gone, more = _fail_over(stage, min_replicas=min_replicas)
        acknowledged, absent, refused = acknowledged + ids, absent + gone, refused + more
        tell(number + 1)
    return Result(
        name=name,
        fault=fault,
        rounds=rounds,
        events=acknowledged,
        lost=absent,
        doubled=0,
        absorbed=0,
        slowest=None,
        p999=None,
        # Without the guard it must lose, or the partition was none.
        held=absent > 0 or min_replicas > 0,
        design=False,
        notes=f"lost: acknowledged and absent from the promoted replica; {refused:,} refused meanwhile",
    )


def _fail_over(stage: Stage, *, min_replicas: int) -> tuple[int, int, int]:
    """Return how many were acknowledged, how many of them are absent afterwards, how many refused."""
    folder = stage.folder / "replica"
    folder.mkdir()
    replica = StoreServer(folder)
    link = Proxy(stage.server.port)
    try:
        replica.start("--replicaof", "127.0.0.1", str(link.port))
        until(lambda: _in_touch(replica), within=30, what="the replica follows")
        primary = stage.connect()
        primary.execute("CONFIG", "SET", "min-replicas-max-lag", LAG)
        primary.execute("CONFIG", "SET", "min-replicas-to-write", min_replicas)
        load = Load(stage.port, rate=common.RATE)
        load.start()
        time.sleep(2.0)
        link.set(Mode.HOLE)
        time.sleep(CUT_OFF)
        stage.server.kill()
        refused = load.statuses[503]
        promoted = replica.connect()
        promoted.execute("REPLICAOF", "NO", "ONE")
        # What is acknowledged from here on is the new primary's.
        ids = set(load.acknowledged)
        absent = sum(not promoted.execute("EXISTS", KEYS["event"] + one) for one in ids)
        stage.proxy.lead_to(replica.port)
        load.stop()
    finally:
        link.close()
        replica.stop()
    return len(ids), absent, refused


def _in_touch(replica: StoreServer) -> bool:
    connection = replica.connect()
    try:
        return b"master_link_status:up" in connection.execute("INFO", "replication")
    finally:
        connection.close()
