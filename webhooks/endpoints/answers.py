"""Every answer's form: what is accepted, what is refused, and what is our own fault."""

from __future__ import annotations

import json
from json.encoder import encode_basestring_ascii as quoted
from typing import Any

from flask import Response

from webhooks.endpoints.lean import Prepared
from webhooks.errors import REJECTIONS, Rejected, Unavailable

INTERNAL_RETRY = 30
"""Seconds after which a sender may try again when the fault is in our own code."""


def answer(status: int, content: dict[str, Any], **headers: str) -> Response:
    """Return a JSON answer; an underscore in a header's name stands for a hyphen."""
    response = Response(json.dumps(content) + "\n", status=status, mimetype="application/json")
    for name, value in headers.items():
        response.headers[name.replace("_", "-")] = value
    return response


def accepted(status: str, name: str, value: str | list[str]) -> Prepared:
    """Return the answer that most deliveries get: `status`, and under `name` the id or the ids."""
    written = quoted(value) if isinstance(value, str) else json.dumps(value)
    content = f'{{"status": "{status}", "{name}": {written}}}\n'
    return Prepared(content.encode("ascii"))


def rejection(error: Rejected, **headers: str) -> Response:
    """Return the 4xx for a refusal."""
    return answer(error.status, error_content(error.code, error.message), **headers)


def unavailable(error: Unavailable) -> Response:
    """Return the 503 that makes the sender come back."""
    content = error_content("unavailable", "the event could not be stored; send it again")
    return answer(503, content, Retry_After=str(error.retry_after))


def internal() -> Response:
    """Return the 503 for a fault in our own code."""
    content = error_content("internal", "the receiver failed; send the event again")
    return answer(503, content, Retry_After=str(INTERNAL_RETRY))


def error_content(code: str, message: str) -> dict[str, dict[str, str]]:
    """Return the content of every answer that is not a 2xx."""
    return {"error": {"code": code, "message": message}}


def code_for(status: int) -> str:
    """Return the code for a status that Flask or the server chose itself."""
    names = {400: "request_unreadable", 404: "path_unknown"}
    found = next((code for code, known in REJECTIONS.items() if known == status), "request_unreadable")
    return names.get(status, found)
