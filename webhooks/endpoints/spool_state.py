"""What waits in the spool, for `/readyz` and `/metrics`: the same from every process of a machine."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from webhooks.errors import Unavailable
from webhooks.spool.spool import Spool


def spool_state(spool: Spool | None) -> dict[str, Any]:
    """Return how the spool is: whether it is usable and what it holds; empty where there is none."""
    if spool is None:
        return {}
    try:
        held = spool.holding()
    except Unavailable as error:
        unreadable = {"records": spool.undrained.records, "reason": str(error)}
        return {"usable": False, "reason": str(error), "undrained": unreadable}
    fault = spool.fault()
    found: dict[str, Any] = {"usable": fault is None, "records": held.records, "bytes": held.bytes}
    if held.oldest is not None:
        found["oldest_seconds"] = round(max(0.0, time.time() - held.oldest), 3)
    if fault is not None:
        found["reason"] = fault
    if spool.undrained.reason:
        found["undrained"] = spool.undrained._asdict()
    return found


_NONE = {"records": 0}


class SpoolCollector(Collector):
    """Counts the spool when Prometheus asks."""

    def __init__(self, spool: Spool | None) -> None:
        """Count `spool`; where there is none, there are no metrics of it."""
        self._spool = spool

    def collect(self) -> Iterator[Metric]:
        """Yield what waits, or only that it cannot be read."""
        state = spool_state(self._spool)
        if not state:
            return
        usable = "Whether deliveries can be kept while the store is away."
        yield GaugeMetricFamily("hookline_spool_usable", usable, float(state["usable"]))
        undrained = "Deliveries that do not move: refused by the store, or admitted and not removable."
        yield GaugeMetricFamily(
            "hookline_spool_undrained", undrained, state.get("undrained", _NONE)["records"]
        )
        if "records" in state:
            records = "Deliveries on this machine's disk that the store does not have yet."
            yield GaugeMetricFamily("hookline_spool_records", records, state["records"])
            yield GaugeMetricFamily("hookline_spool_bytes", "Their size.", state["bytes"])
            oldest = "Seconds since the oldest of them came."
            yield GaugeMetricFamily("hookline_spool_oldest_seconds", oldest, state.get("oldest_seconds", 0.0))
