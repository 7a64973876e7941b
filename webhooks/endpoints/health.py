"""`/livez`, `/readyz` and `/metrics`."""

from __future__ import annotations

from threading import Event as Flag

from flask import Blueprint, Response
from prometheus_client import CONTENT_TYPE_LATEST

from webhooks.endpoints.answers import answer, error_content
from webhooks.endpoints.spool_state import SpoolCollector, spool_state
from webhooks.endpoints.store_metrics import StoreCollector
from webhooks.errors import Unavailable
from webhooks.spool.spool import Spool
from webhooks.store.connection import Connection
from webhooks.store.health import examine
from webhooks.telemetry.metrics import render


def make_health(connection: Connection, draining: Flag, spool: Spool | None) -> Blueprint:
    """Return the blueprint that says how this receiver is; `draining` is set once it stops."""
    blueprint = Blueprint("health", __name__)

    @blueprint.get("/livez")
    def livez() -> Response:
        return answer(200, {"status": "alive"})

    @blueprint.get("/readyz")
    def readyz() -> Response:
        if draining.is_set():
            return answer(503, error_content("draining", "this receiver is stopping"))
        waiting = spool_state(spool)
        try:
            findings = examine(connection)
        except Unavailable as error:
            if waiting.get("usable"):
                # Taken out of service now, this receiver would lose what it is able to keep.
                return answer(200, {"status": "spooling", "reason": str(error), "spool": waiting})
            return answer(503, error_content("unavailable", str(error)), Retry_After=str(error.retry_after))
        wrong = [f"{finding.name}: {finding.cure}" for finding in findings if finding.grave]
        if wrong:
            return answer(503, error_content("store_unsafe", "; ".join(wrong)))
        store = {found.name: found.value for found in findings}
        return answer(200, {"status": "ready", "store": store, "spool": waiting})

    @blueprint.get("/metrics")
    def metrics() -> Response:
        return Response(
            render(StoreCollector(connection), SpoolCollector(spool)), content_type=CONTENT_TYPE_LATEST
        )

    return blueprint
