"""`/livez`, `/readyz` and `/metrics`."""

from __future__ import annotations

from collections.abc import Mapping
from threading import Event as Flag
from typing import Any

from flask import Blueprint, Response, request
from prometheus_client import CONTENT_TYPE_LATEST

from webhooks.endpoints.answers import answer, error_content
from webhooks.endpoints.operators import may_see_details
from webhooks.endpoints.spool_state import SpoolCollector, spool_state
from webhooks.endpoints.store_metrics import StoreCollector
from webhooks.errors import RETRY_AFTER, Unavailable
from webhooks.spool.spool import Spool
from webhooks.store.connection import Connection
from webhooks.store.health import examine, refusal
from webhooks.telemetry.metrics import render

_HIDDEN = "ask from the machine itself, or with web.status_token, for the details"


def make_health(connection: Connection, draining: Flag, spool: Spool | None, token: str = "") -> Blueprint:
    """Return the blueprint that says how this receiver is; `draining` is set once it stops.

    `token` is `web.status_token`, which opens the details of `/readyz`; see `may_see_details`.
    """
    blueprint = Blueprint("health", __name__)

    @blueprint.get("/livez")
    def livez() -> Response:
        return answer(200, {"status": "alive"})

    @blueprint.get("/readyz")
    def readyz() -> Response:
        found = ready()
        return found if may_see_details(request.environ, token) else _without_details(found)

    def ready() -> Response:
        if draining.is_set():
            return answer(503, error_content("draining", "this receiver is stopping"))
        waiting = spool_state(spool)
        try:
            findings = examine(connection)
        except Unavailable as error:
            return _away(str(error), waiting)
        if reason := refusal(findings):
            return _away(reason, waiting)
        wrong = [f"{finding.name}: {finding.cure}" for finding in findings if finding.grave]
        if wrong:
            return answer(503, error_content("store_unsafe", "; ".join(wrong)))
        store = {found.name: found.value for found in findings}
        # New events are safe with the store; 503 would refuse them and move none of those that are stuck.
        status = "undrained" if "undrained" in waiting else "ready"
        return answer(200, {"status": status, "store": store, "spool": waiting})

    @blueprint.get("/metrics")
    def metrics() -> Response:
        return Response(
            render(StoreCollector(connection), SpoolCollector(spool)), content_type=CONTENT_TYPE_LATEST
        )

    return blueprint


def _without_details(full: Response) -> Response:
    """Return an answer of `/readyz` with its status and its code or word alone."""
    content = full.get_json()
    if "error" in content:
        content = error_content(content["error"]["code"], _HIDDEN)
    else:
        content = {"status": content["status"]}
    brief = answer(full.status_code, content)
    if "Retry-After" in full.headers:
        brief.headers["Retry-After"] = full.headers["Retry-After"]
    return brief


def _away(reason: str, spool: Mapping[str, Any]) -> Response:
    """Return the answer while the store takes nothing; `spool` as `spool_state` says it."""
    if spool.get("usable"):
        # Taken out of service now, this receiver would lose what it is able to keep.
        return answer(200, {"status": "spooling", "reason": reason, "spool": spool})
    return answer(503, error_content("unavailable", reason), Retry_After=str(RETRY_AFTER))
