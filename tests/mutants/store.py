"""Faults of the way to the store: its Python, the breaker, and the pipelined connection."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

PIPELINE = "webhooks/serving/pipeline.py"
CONTENT = "webhooks/store/content.py"
PIPELINED = ("tests/serving/test_hub.py", "tests/store/test_connection.py", "tests/web/test_store_away.py")
BREAKER = "webhooks/breaker.py"

MUTANTS = (
    Mutant(
        "a script that the server forgot is not sent",
        "webhooks/store/scripts.py",
        'return connection.execute("EVAL", self._text, 0, *arguments)',
        "raise",
        ("tests/store/test_connection.py", "tests/store/test_health.py", "tests/store"),
    ),
    Mutant(
        "times are cut to whole seconds",
        "webhooks/store/admission.py",
        "return int(seconds * 1000)",
        "return int(seconds) * 1000",
        ("tests/store",),
    ),
    Mutant(
        "a conflict's second body takes the first one's id",
        "webhooks/store/admission.py",
        'f"{event.id}~{arrival.digest[:12]}"',
        "event.id",
        ("tests/store/test_admission.py",),
    ),
    Mutant(
        "a body loses its last byte",
        CONTENT,
        "packed[body_at:])",
        "packed[body_at:-1])",
        ("tests/store/test_content.py",),
    ),
    Mutant(
        "a compressed body is read as it is",
        CONTENT,
        "(_PLAIN_COMPRESSED, _JSON_COMPRESSED)",
        "(_JSON_COMPRESSED,)",
        ("tests/store/test_content.py",),
    ),
    Mutant(
        "an error of the server is taken for its reply",
        "webhooks/store/connection.py",
        "            raise translated(error) from error\n",
        "            return str(error).encode()\n",
        ("tests/store/test_connection.py",),
    ),
    Mutant(
        "a store that is away is asked each time",
        BREAKER,
        "if self.open:\n",
        "if False:\n",
        ("tests/unit/test_breaker.py",),
    ),
    Mutant(
        "a store that is back counts as away",
        BREAKER,
        "            self._failures = 0\n",
        "            pass\n",
        ("tests/unit/test_breaker.py",),
    ),
    Mutant(
        "one request's reply is given to another",
        PIPELINE,
        "self._asked.popleft()[1](reply)",
        "self._asked.pop()[1](reply)",
        PIPELINED,
    ),
    Mutant(
        "a late reply is given to the next request",
        PIPELINE,
        "self.fail(RedisTimeoutError)",
        "self._asked.popleft()[1](RedisTimeoutError())",
        PIPELINED,
    ),
    Mutant(
        "a request waits without end when the connection breaks",
        PIPELINE,
        "for _, resume in asked:",
        "for _, resume in list(asked)[1:]:",
        PIPELINED,
    ),
    Mutant(
        "a broken connection is used again",
        PIPELINE,
        "if link is None or not link.usable:",
        "if link is None:",
        PIPELINED,
    ),
    Mutant(
        "an error is taken for a reply",
        PIPELINE,
        "raise translated(reply) from reply",
        "return reply",
        PIPELINED,
    ),
    Mutant(
        "a server that takes no writes is asked again",
        "webhooks/store/refused.py",
        "return bool(code) and REFUSALS[code].elsewhere",
        "return False",
        ("tests/store/test_refused.py",),
    ),
    Mutant(
        "a command goes before the greeting",
        PIPELINE,
        "self._ready = False",
        "self._ready = True",
        PIPELINED,
        reason="the greeting is written first all the same, and replies come in its order",
    ),
)
