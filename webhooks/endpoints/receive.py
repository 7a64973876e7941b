"""`/webhooks/<source>`: the thin endpoint, which takes events by POST and answers handshakes."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import partial

from flask import Response

from webhooks.config import Source
from webhooks.endpoints.answers import accepted, internal, rejection, unavailable
from webhooks.endpoints.lean import Reply
from webhooks.endpoints.reading import Environ, path_of, read_delivery
from webhooks.errors import Rejected, Unavailable
from webhooks.event import Delivery
from webhooks.intake import UNKNOWN, Intake, Receipt
from webhooks.providers.answers import Answer
from webhooks.providers.preset import Provider
from webhooks.refusals import Rejections
from webhooks.store.admission import Outcome
from webhooks.telemetry.log import log_step
from webhooks.telemetry.metrics import ack_seconds, ack_share, deliveries, rejected
from webhooks.telemetry.sentry import Sentry, Subject

NO_SOURCE = "-"
"""The label of deliveries for a source that is not configured; a sender's text is never a label."""


METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
"""Handshakes come by several methods; what is none is refused where that is known."""


def make_receive(
    intake: Intake,
    sentry: Sentry,
    rejections: Rejections,
    *,
    clock: Callable[[], float],
    forwarded: tuple[str, ...],
) -> Callable[[str, Environ], Reply]:
    """Return what takes the deliveries for a source; `forwarded` names the proxy's headers to believe."""

    def receive(source: str, environ: Environ) -> Reply:
        started = time.perf_counter()
        reply: Reply
        found: Source | None = None
        delivery: Delivery | None = None
        try:
            found = intake.source(source)
            delivery = read_delivery(environ, source=found, forwarded=forwarded, received_at=clock())
            taken = intake.receive(found, delivery)
        except Rejected as error:
            reply = refused = _refuse(error, found)
            _tell_rejected(_label(found), error, time.perf_counter() - started)
            # After the answer: neither its time nor its length says what the diagnosis found.
            note = partial(rejections.note, found, delivery, error, path=path_of(environ))
            refused.call_on_close(note)
        except Unavailable as error:
            reply = unavailable(error)
            _tell_failure(_label(found), "unavailable", str(error), None, time.perf_counter() - started)
        except Exception as error:  # noqa: BLE001 - whatever it is, the sender must come back
            reply = internal()
            sentry.fault(error)
            name = type(error).__name__
            _tell_failure(_label(found), "internal", name, error, time.perf_counter() - started)
        else:
            reply = _accept(taken, found.provider)
            _tell(found.name, taken, sentry, time.perf_counter() - started)
        _measure(found, time.perf_counter() - started)
        return reply

    return receive


def _accept(taken: tuple[Receipt, ...] | Answer, provider: Provider) -> Reply:
    if isinstance(taken, Answer):
        response = Response(taken.body, status=taken.status, content_type=taken.media)
        if taken.media is None:
            del response.headers["Content-Type"]
        for name, value in taken.headers:
            response.headers[name] = value
        return response
    if provider.reply is not None:
        return Response(provider.reply, content_type=provider.reply_media)
    return _accepted(taken)


def _refuse(error: Rejected, source: Source | None) -> Response:
    if error.code == "method_not_allowed":
        # As where there is no such source: a GET must not find out which sources there are.
        return rejection(UNKNOWN)
    response = rejection(error)
    if source is not None and source.provider.reply == "":
        # Who wants an empty answer wants it to every check.
        response.set_data(b"")
    return response


def _label(source: Source | None) -> str:
    return NO_SOURCE if source is None else source.name


def _measure(source: Source | None, duration: float) -> None:
    ack_seconds(_label(source)).observe(duration)
    if source is not None and source.provider.ack_deadline is not None:
        ack_share(source.name).observe(duration / source.provider.ack_deadline)


def _tell(source: str, taken: tuple[Receipt, ...] | Answer, sentry: Sentry, duration: float) -> None:
    if isinstance(taken, Answer):
        deliveries(source, "handshake").inc()
        log_step("handshake", source=source, status=taken.status, note=taken.note or None, duration=duration)
        return
    for receipt in taken:
        _tell_receipt(source, receipt, sentry, duration)


def _accepted(receipts: tuple[Receipt, ...]) -> Reply:
    """Return what the sender is told; a batch is accepted when any of its events is new."""
    if len(receipts) == 1:
        return accepted(receipts[0].outcome, "id", receipts[0].id)
    outcomes = [receipt.outcome for receipt in receipts]
    status = Outcome.ACCEPTED if Outcome.ACCEPTED in outcomes else outcomes[0]
    return accepted(status, "ids", [receipt.id for receipt in receipts])


def _tell_receipt(source: str, receipt: Receipt, sentry: Sentry, duration: float) -> None:
    outcome = "spooled" if receipt.spooled else receipt.outcome
    deliveries(source, outcome).inc()
    conflict = receipt.outcome is Outcome.CONFLICT
    log_step(
        outcome,
        level=logging.WARNING if conflict else logging.INFO,
        event=receipt.id,
        source=source,
        type=receipt.type,
        duration=duration,
    )
    if conflict:
        sentry.conflict(Subject(event=receipt.id, source=source, type=receipt.type))


def _tell_rejected(source: str, error: Rejected, duration: float) -> None:
    deliveries(source, "rejected").inc()
    rejected(source, error.code).inc()
    log_step("rejected", source=source, code=error.code, reason=error.message, duration=duration)


def _tell_failure(
    source: str, outcome: str, reason: str, error: BaseException | None, duration: float
) -> None:
    deliveries(source, outcome).inc()
    log_step(outcome, level=logging.ERROR, error=error, source=source, reason=reason, duration=duration)
