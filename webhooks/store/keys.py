"""Every key in Redis. The scripts get the same names from `named`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

QUEUE = "hookline"
"""The Celery queue. In earlier releases its list in Redis has the same name."""

PREFIX = "hookline:celery:"
"""Before every key and channel of Celery's and kombu's, so that another application of Celery in the same
database meets none of them (`global_keyprefix` of kombu's Redis transport)."""

TASK = "hookline.process"
"""The name of the one Celery task, fixed so that a rolling deploy never meets an unknown one."""

ORIGIN = "hookline"
"""What a message says of its sender, where Celery names a process and its machine."""

KEYS: Mapping[str, str] = MappingProxyType(
    {
        # A hash for each event; it is the record and the idempotency key at once.
        "event": "hookline:event:",
        # A string for each event: what came, see `webhooks.store.content`.
        "content": "hookline:content:",
        # A string for some events: those fields of the record that are too long for it.
        "long": "hookline:long:",
        # The id under which a body came first, for providers whose id is not signed.
        "body": "hookline:body:",
        # A hash for each source: how often and when each secret proved a sender, by fingerprint.
        "secrets": "hookline:secrets:",
        # The secret that a source was told by its provider's handshake.
        "told": "hookline:told:",
        # Sorted sets of ids by the time (ms) at which each was received, one for each source and state.
        "state": "hookline:state:",
        # Sorted sets of ids by the time (ms) at which something is to be done.
        "due": "hookline:due",
        "retire": "hookline:retire",
        # A set of attempts (`<id>.<attempts before>`) that were hinted behind a backlog, while there is one.
        "behind": "hookline:behind",
        # A hash of counters that outlive every process.
        "totals": "hookline:totals",
        # A sorted set of workers by the time (ms) of their last sweep.
        "workers": "hookline:workers",
        # A hash for each refused delivery, a sorted set of their numbers, and the number of
        # the last one.
        "rejection": "hookline:rejection:",
        "rejections": "hookline:rejections",
        "rejection_count": "hookline:rejection-count",
        # Celery's list of waiting messages.
        "queue": PREFIX + QUEUE,
        # The queue and the messages in hand of earlier releases. Other applications use the same names.
        "former_queue": QUEUE,
        "former_unacked": "unacked",
        "former_unacked_index": "unacked_index",
    }
)


def named(script: str) -> str:
    """Return a Lua script with the keys, and the words by which it knows a message of ours, filled in.

    It says `KEY.event`, `TASK`, `ORIGIN` and `QUEUE`. A table would be made anew each time that it runs.

    Raises:
        KeyError: it names a key that there is not.
    """
    script = re.sub(r"\bKEY\.(\w+)", lambda found: f"'{KEYS[found[1]]}'", script)
    return re.sub(r"\b(?:TASK|ORIGIN|QUEUE)\b", lambda found: f"'{_WORDS[found[0]]}'", script)


_WORDS = {"TASK": TASK, "ORIGIN": ORIGIN, "QUEUE": QUEUE}
