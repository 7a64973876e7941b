"""What Prometheus is told. Labels come from closed lists: sources, outcomes, codes, states."""

from __future__ import annotations

import os
from functools import lru_cache

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest, values
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class _Own:
    """This process's id, which the system is asked for once and not five times for each delivery."""

    pid = os.getpid()

    @classmethod
    def look(cls) -> None:
        cls.pid = os.getpid()


os.register_at_fork(after_in_child=_Own.look)
if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
    # The library's own way to name processes differently (uWSGI's worker numbers); before any metric is made.
    values.ValueClass = values.MultiProcessValue(lambda: _Own.pid)  # type: ignore[no-untyped-call]

DELIVERIES = Counter(
    "hookline_deliveries_total", "Deliveries answered, by source and outcome.", ("source", "outcome")
)
REJECTIONS = Counter(
    "hookline_rejections_total", "Deliveries refused, by source and error code.", ("source", "code")
)
ACK_SECONDS = Histogram(
    "hookline_ack_seconds",
    "Seconds from the start of a request to its answer.",
    ("source",),
    buckets=_BUCKETS,
)
ACK_SHARE = Histogram(
    "hookline_ack_deadline_share",
    "Time to the answer as a share of what the provider allows; 1 is too late.",
    ("source",),
    buckets=(0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 1.0),
)


# A metric with its labels is looked up under a lock and made of texts; each delivery wants four.
_MANY = 4096


@lru_cache(_MANY)
def deliveries(source: str, outcome: str) -> Counter:
    """Return the counter of deliveries answered."""
    return DELIVERIES.labels(source, outcome)


@lru_cache(_MANY)
def rejected(source: str, code: str) -> Counter:
    """Return the counter of deliveries refused."""
    return REJECTIONS.labels(source, code)


@lru_cache(_MANY)
def ack_seconds(source: str) -> Histogram:
    """Return the histogram of seconds to the answer."""
    return ACK_SECONDS.labels(source)


@lru_cache(_MANY)
def ack_share(source: str) -> Histogram:
    """Return the histogram of shares of the deadline."""
    return ACK_SHARE.labels(source)


def render(*more: Collector) -> bytes:
    """Return the metrics of all processes of this receiver, and what `more` collects, as text."""
    registry = CollectorRegistry()
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        own = generate_latest(registry)
    else:
        own = generate_latest(REGISTRY)
    others = CollectorRegistry()
    for collector in more:
        others.register(collector)
    return own + generate_latest(others)
