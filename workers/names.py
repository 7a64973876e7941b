"""The name by which a worker is known to Flower, to remote control and to the list of workers."""

from __future__ import annotations

import secrets

from celery.utils.nodenames import NODENAME_DEFAULT, nodename, nodesplit


def node_name(given: str) -> str:
    """Return a name that no other worker has; one that was chosen with `--hostname` stays.

    Containers may share a host's name, and each has a process 1, so that the name is random.

    Args:
        given: what Celery calls it, `<name>@<host>`.
    """
    name, host = nodesplit(given)
    if name != NODENAME_DEFAULT:
        return given
    return str(nodename(f"hookline-{secrets.token_hex(4)}", host))
