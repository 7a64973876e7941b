"""The store's own numbers, the same from every receiver that is asked."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from webhooks.errors import Unavailable
from webhooks.store.connection import Connection
from webhooks.store.listing import Counts, count


class StoreCollector(Collector):
    """Reads the store when Prometheus asks."""

    def __init__(self, connection: Connection) -> None:
        """Read through `connection`; one that is away is a metric of its own, not an error."""
        self._connection = connection

    def collect(self) -> Iterator[Metric]:
        """Yield the store's metrics, or only that it is away."""
        try:
            counts = count(self._connection)
        except Unavailable:
            yield GaugeMetricFamily("hookline_store_up", "Whether Redis answers.", 0)
            return
        yield GaugeMetricFamily("hookline_store_up", "Whether Redis answers.", 1)
        yield from _families(counts)


def _families(counts: Counts) -> Iterator[Metric]:
    events = GaugeMetricFamily("hookline_events", "Events in the store, by state.", labels=["state"])
    for state, number in counts.states.items():
        events.add_metric([state], number)
    yield events
    yield GaugeMetricFamily(
        "hookline_queue_messages", "Celery messages that wait for a worker.", counts.queue
    )
    yield GaugeMetricFamily(
        "hookline_oldest_due_seconds",
        "Seconds since which the most overdue event waits to be looked at.",
        counts.oldest_due,
    )
    outcomes = CounterMetricFamily(
        "hookline_event_outcomes",
        "What became of events since the store was made, by source.",
        labels=["outcome", "source"],
    )
    for (outcome, source), number in counts.totals.items():
        outcomes.add_metric([outcome, source], number)
    yield outcomes
