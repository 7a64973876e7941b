"""Who may see what Flower shows: its own doors that stand open are closed here.

Flower's `/metrics` and `/healthcheck` ask for no login (flower/views/monitor.py, 2.0 and later), and a page
of another site can read what listens on loopback by a name of its own that it lets resolve to 127.0.0.1.
"""

from __future__ import annotations

from typing import Any

from flower import events
from flower.app import Flower
from flower.views.monitor import Healthcheck, Metrics
from tornado.web import ErrorHandler, authenticated

OTHER = "other"
"""What a task is called in `/metrics` when there are too many."""

MOST = 200
"""Names of tasks, which are sources with types of events, that `/metrics` tells apart."""

_LOOPBACK = ("localhost", "127.0.0.1", "::1", "[::1]")
_FORBIDDEN = 403


def close_doors(*, address: str, login: bool) -> None:
    """Close what Flower leaves open, in this process.

    Args:
        address: where it listens.
        login: whether it asks for a password. Where it does not, only requests by a name of this
            machine's loopback, or by `address`, are answered (DNS rebinding).
    """
    for handler in (Metrics, Healthcheck):
        handler.get = authenticated(handler.get)
    events.PrometheusMetrics = BoundedMetrics
    if not login:
        Flower.find_handler = _find_handler(Flower.find_handler, {*_LOOPBACK, address.lower()})


def _find_handler(find: Any, names: set[str]) -> Any:
    def found(self: Flower, request: Any, **options: Any) -> Any:
        if request.host_name.lower() not in names:
            return self.get_handler_delegate(request, ErrorHandler, {"status_code": _FORBIDDEN})
        return find(self, request, **options)

    return found


class BoundedMetrics(events.PrometheusMetrics):  # type: ignore[misc]
    """Flower's metrics, in which strangers' names cannot make more and more series."""

    def __init__(self) -> None:
        """Know no task yet."""
        super().__init__()
        self._known: set[str] = set()

    def observe_task(self, worker: str, event: dict[str, Any], task: Any) -> None:
        """Count an event of a task; of one that is one too many as `OTHER`."""
        name = event.get("name") or task.name or ""
        if name not in self._known:
            if len(self._known) >= MOST:
                name = OTHER
            self._known.add(name)
        super().observe_task(worker, {**event, "name": name}, task)
