"""Whether the server's access list lets a restart bring the events back.

Redis replays each `MULTI … EXEC` of its append-only file as the default user, and drops what that user may
not do: with a default user that may do nothing, Redis 7.0.15 and 8.2.3 start empty and say that they are
ready. Valkey 9.1 asks for no permission while it loads.
"""

from __future__ import annotations

from webhooks.errors import Unavailable
from webhooks.store.connection import Argument, Connection
from webhooks.store.health import Finding
from webhooks.store.keys import KEYS

UNAFFECTED = 9
"""The first major version of Valkey that is tested to load its file whatever the access list says."""

RIGHT = "user default off resetpass ~* &* +@all"
"""The line of an access list with which every server loads its file, and by which no one can log in."""

_REPLAYED: tuple[tuple[Argument, ...], ...] = (
    ("HSET", KEYS["event"] + "x", "state", "queued"),
    ("SET", KEYS["content"] + "x", ""),
    ("ZADD", KEYS["due"], "0", "x"),
    ("ZREM", KEYS["due"], "x"),
    ("LPUSH", KEYS["queue"], "x"),
    ("HINCRBY", KEYS["totals"], "x", "1"),
    ("DEL", KEYS["event"] + "x"),
)
"""One of each kind of command that the scripts leave in the file."""


def examine_access(connection: Connection) -> Finding:
    """Look whether the default user may repeat what the append-only file holds.

    It is asked with `ACL DRYRUN`, which runs nothing; a user who may not ask gets a warning.

    Raises:
        Unavailable: the server does not answer at all.
    """
    server = _server(connection)
    if _unaffected(server):
        return Finding(name="access list", value=f"{server} loads its file without it", ok=True)
    try:
        replies = [connection.execute("ACL", "DRYRUN", "default", *command) for command in _REPLAYED]
    except Unavailable as error:
        cure = (
            f"{error}: give this user +acl|dryrun, so that it can be checked; until then see in the list "
            f"that its line is `{RIGHT}`, or {server} may start empty"
        )
        return Finding(name="access list", value="not readable", ok=True, cure=cure)
    refused = [str(command[0]) for command, reply in zip(_REPLAYED, replies, strict=True) if reply != b"OK"]
    if not refused:
        return Finding(name="access list", value="lets the append-only file be replayed", ok=True)
    cure = (
        f"a restart of {server} would lose events, since it replays its file as the default user: "
        f"before it, ACL SETUSER {RIGHT.removeprefix('user ')}, and the same line in the access list "
        "(deploy/redis/README.md)"
    )
    return Finding(
        name="access list", value=f"the default user may not {', '.join(refused)}", ok=False, cure=cure
    )


def _server(connection: Connection) -> str:
    text = connection.execute("INFO", "server").decode("utf-8", "replace")
    info = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
    if "valkey_version" in info:
        return f"valkey {info['valkey_version']}"
    return f"redis {info.get('redis_version', 'unknown')}"


def _unaffected(server: str) -> bool:
    kind, _, version = server.partition(" ")
    major = version.partition(".")[0]
    return kind == "valkey" and major.isdigit() and int(major) >= UNAFFECTED
