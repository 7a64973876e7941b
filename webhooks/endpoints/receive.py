"""`POST /webhooks/<source>`: the thin endpoint."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import partial

from flask import Blueprint, Response, request

from webhooks.config import Source
from webhooks.endpoints.answers import answer, internal, rejection, unavailable
from webhooks.endpoints.reading import read_delivery
from webhooks.errors import Rejected, Unavailable
from webhooks.event import Delivery
from webhooks.intake import Intake, Receipt
from webhooks.refusals import Rejections
from webhooks.store.admission import Outcome
from webhooks.telemetry.log import log_step
from webhooks.telemetry.metrics import ACK_SECONDS, DELIVERIES, REJECTIONS
from webhooks.telemetry.sentry import Sentry, Subject

NO_SOURCE = "-"
"""The label of deliveries for a source that is not configured; a sender's text is never a label."""


def make_receive(
    intake: Intake, sentry: Sentry, rejections: Rejections, *, clock: Callable[[], float]
) -> Blueprint:
    """Return the blueprint that takes deliveries."""
    blueprint = Blueprint("receive", __name__)

    @blueprint.post("/webhooks/<source>")
    def receive(source: str) -> Response:
        started = time.perf_counter()
        label = NO_SOURCE
        found: Source | None = None
        delivery: Delivery | None = None
        try:
            found = intake.source(source)
            label = found.name
            delivery = read_delivery(request, limit=found.max_body, received_at=clock())
            receipts = intake.receive(found, delivery)
        except Rejected as error:
            response = rejection(error)
            _tell_rejected(label, error, time.perf_counter() - started)
            # After the answer: neither its time nor its length says what the diagnosis found.
            response.call_on_close(partial(rejections.note, found, delivery, error, path=request.path))
        except Unavailable as error:
            response = unavailable(error)
            _tell_failure(label, "unavailable", str(error), None, time.perf_counter() - started)
        except Exception as error:  # noqa: BLE001 - whatever it is, the sender must come back
            response = internal()
            sentry.fault(error)
            _tell_failure(label, "internal", type(error).__name__, error, time.perf_counter() - started)
        else:
            response = answer(200, _content(receipts))
            for receipt in receipts:
                _tell_receipt(label, receipt, sentry, time.perf_counter() - started)
        ACK_SECONDS.labels(label).observe(time.perf_counter() - started)
        return response

    return blueprint


def _content(receipts: tuple[Receipt, ...]) -> dict[str, object]:
    """Return what the sender is told; a batch is accepted when any of its events is new."""
    if len(receipts) == 1:
        return {"status": receipts[0].outcome, "id": receipts[0].id}
    outcomes = [receipt.outcome for receipt in receipts]
    status = Outcome.ACCEPTED if Outcome.ACCEPTED in outcomes else outcomes[0]
    return {"status": status, "ids": [receipt.id for receipt in receipts]}


def _tell_receipt(source: str, receipt: Receipt, sentry: Sentry, duration: float) -> None:
    DELIVERIES.labels(source, receipt.outcome).inc()
    conflict = receipt.outcome is Outcome.CONFLICT
    log_step(
        receipt.outcome,
        level=logging.WARNING if conflict else logging.INFO,
        event=receipt.id,
        source=source,
        type=receipt.type,
        duration=duration,
    )
    if conflict:
        sentry.conflict(Subject(event=receipt.id, source=source, type=receipt.type))


def _tell_rejected(source: str, error: Rejected, duration: float) -> None:
    DELIVERIES.labels(source, "rejected").inc()
    REJECTIONS.labels(source, error.code).inc()
    log_step("rejected", source=source, code=error.code, reason=error.message, duration=duration)


def _tell_failure(
    source: str, outcome: str, reason: str, error: BaseException | None, duration: float
) -> None:
    DELIVERIES.labels(source, outcome).inc()
    log_step(outcome, level=logging.ERROR, error=error, source=source, reason=reason, duration=duration)
