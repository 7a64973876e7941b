"""F14: Celery's list holds what nobody of ours has written."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from tests.chaos.experiments import common
from tests.chaos.experiments.common import Tell, run
from tests.chaos.load import Load
from tests.chaos.result import Result
from tests.chaos.stage import Stage
from tests.support.waiting import until
from webhooks.store.keys import KEYS
from webhooks.store.message import hint


def _message(**changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(hint("lab:garbage", source="lab", type="lab.event", attempt=1))
    return found | changes


def _body(content: bytes) -> str:
    return json.dumps(_message(body=base64.b64encode(content).decode()))


def _renamed() -> str:
    message = _message()
    message["headers"]["task"] = "nobody.knows"
    return json.dumps(message)


def _eta() -> str:
    message = _message()
    message["headers"]["eta"] = "the day after tomorrow"
    return json.dumps(message)


def _pickled() -> str:
    return json.dumps(_message(**{"content-type": "application/x-python-serialize", "body": "gASVAA=="}))


CASES: Mapping[str, Callable[[], str | bytes]] = MappingProxyType(
    {
        "not JSON": lambda: "these are the notes of somebody else",
        "a JSON array": lambda: "[1, 2, 3]",
        "JSON null": lambda: "null",
        "bytes that are no UTF-8": lambda: b"\xff\xfe\x00",
        "a body that is no base64": lambda: json.dumps(_message(body="%%%")),
        "a body that is no JSON": lambda: _body(b"{"),
        "a body nested 3,000 deep": lambda: _body(b"[" * 3000 + b"]" * 3000),
        "a body with other arguments": lambda: _body(b'[[1, 2, 3], {"a": 1}, null]'),
        "a pickled body": _pickled,
        "a task that nobody knows": _renamed,
        "a time that is none": _eta,
        "no headers": lambda: json.dumps({"body": "W10=", "properties": {}}),
    }
)
"""What is pushed, each case in each round."""


def garbage(rounds: int, tell: Tell) -> Result:
    """F14: every case in front of and between real messages."""

    def fault(stage: Stage, load: Load) -> str:
        longest = 0.0
        for number in range(rounds):
            for name, make in CASES.items():
                connection = stage.connect()
                # At the end that is taken next, and at the one that is taken last.
                connection.execute("RPUSH", KEYS["queue"], make())
                connection.execute("LPUSH", KEYS["queue"], make())
                began = time.monotonic()
                until(common.grown(stage, by=20), within=60, what=f"work goes on after {name}")
                longest = max(longest, time.monotonic() - began)
            tell(number + 1)
        ended = sum(count for name, count in stage.ended.items() if name.startswith("worker"))
        return (
            f"{len(CASES)} cases, twice each; slowest return to work {longest:.1f} s; "
            f"{ended} workers ended and were started again"
        )

    return run("F14", "garbage in Celery's list", rounds, fault)
