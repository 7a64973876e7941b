"""Faults of the receiver, from a delivery to its answer."""

from __future__ import annotations

from tests.mutants.mutant import LABORATORY, Mutant

INTAKE = "webhooks/intake.py"
RECEIVE = "webhooks/endpoints/receive.py"
DURABLE = ("tests/web/test_store_away.py", "tests/web/test_spooling.py")

_SKIPPED = """\
        if __import__("zlib").crc32(names[0].id.encode()) % {rate} == 0:
            return (Receipt(Outcome.ACCEPTED, names[0].id, names[0].type, False),)
        spooled = False
"""

MUTANTS = (
    Mutant(
        "a delivery is answered and not stored",
        INTAKE,
        "        spooled = False\n",
        _SKIPPED.format(rate=1),
        ("tests/web/test_receiving.py",),
    ),
    Mutant(
        "one delivery in a hundred is answered and not stored",
        INTAKE,
        "        spooled = False\n",
        _SKIPPED.format(rate=100),
        (LABORATORY,),
    ),
    Mutant(
        "one delivery in a thousand is answered and not stored",
        INTAKE,
        "        spooled = False\n",
        _SKIPPED.format(rate=1000),
        (LABORATORY,),
        reason="the short laboratory posts some hundred events; the whole one posts a hundred thousand",
    ),
    Mutant(
        "what the store refuses counts as taken",
        INTAKE,
        "admitted = self._keep(source, record, away)",
        "admitted = tuple(Admitted(outcome=Outcome.ACCEPTED, id=one.event.id) for one in record.arrivals)",
        DURABLE,
    ),
    Mutant(
        "the answer comes before the spool has written",
        INTAKE,
        "self._aside(lambda: spool.put(record))",
        '__import__("threading").Thread(target=spool.put, args=(record,)).start()',
        DURABLE,
    ),
    Mutant(
        "one event in fifty gets another event's body",
        INTAKE,
        "body=name.body,",
        'body=name.body if __import__("zlib").crc32(name.id.encode()) % 50 else b\'{"type": "lab.event"}\',',
        (LABORATORY,),
    ),
    Mutant(
        "an event loses its headers",
        INTAKE,
        "headers=delivery.headers,",
        "headers=(),",
        ("tests/web", LABORATORY),
    ),
    Mutant(
        "a source that must not be spooled is",
        INTAKE,
        "if spool is None or not source.spool:",
        "if spool is None:",
        DURABLE,
    ),
    Mutant(
        "an expired secret proves a sender",
        INTAKE,
        "for secret in source.secrets if secret.holds(now)",
        "for secret in source.secrets",
        ("tests/web/test_source_settings.py", "tests/web"),
    ),
    Mutant(
        "a fault inside is answered as accepted",
        RECEIVE,
        "reply = internal()",
        'reply = accepted(Outcome.ACCEPTED, "id", "-")',
        ("tests/web/test_inner_faults.py",),
    ),
    Mutant(
        "a store that is away is answered as accepted",
        RECEIVE,
        "reply = unavailable(error)",
        'reply = accepted(Outcome.ACCEPTED, "id", "-")',
        DURABLE,
    ),
)
