"""What nobody can read ends no worker, and is not put back for the next one."""

from __future__ import annotations

from tests.chaos.experiments.garbage import CASES
from tests.support.events import admit_one, event
from tests.support.processes import Installation
from tests.support.servers import StoreServer
from tests.support.waiting import until
from webhooks.lifecycle import State
from webhooks.store.keys import KEYS, PREFIX
from webhooks.store.listing import find

READ_BY_CELERY = [
    "a body that is no base64",
    "a body that is no JSON",
    "a body with other arguments",
    "a pickled body",
    "a task that nobody knows",
    "a time that is none",
    "no headers",
]
"""Cases that Celery sees; the others end it before, once for each entry, and a supervisor starts it again."""


def test_messages_that_cannot_be_read_end_no_worker(
    installation: Installation, own_server: StoreServer
) -> None:
    installation.write_handlers("from workers import on\n\n\n@on('*', '*')\ndef take(event):\n    pass\n")
    installation.configure('[worker]\nhandlers = ["handlers"]\nprocesses = 1\n')
    connection = own_server.connect()
    for name in READ_BY_CELERY:
        connection.execute("LPUSH", KEYS["queue"], CASES[name]())
    worker = installation.start_worker(traced=True)
    admit_one(connection, event("evt_1"))

    def succeeded() -> bool:
        found = find(connection, "stripe:evt_1")
        return found is not None and found.state is State.SUCCEEDED

    until(succeeded, what="the event behind them is handled")
    assert worker.popen.poll() is None
    assert '"step": "unreadable"' in worker.output
    assert connection.execute("LLEN", KEYS["queue"]) == 0
    until(lambda: connection.execute("HLEN", PREFIX + "unacked") == 0, what="nothing is kept to come again")
