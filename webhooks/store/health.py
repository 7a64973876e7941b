"""Whether the server keeps what it acknowledges: its settings, read back from it while it runs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from webhooks.errors import Unavailable
from webhooks.store.connection import Connection
from webhooks.store.keys import KEYS
from webhooks.store.refused import ServerRefused

HEADROOM = 0.2
OLDEST = (7, 0)
_WRITES = "writes"


class Finding(NamedTuple):
    """One thing that was looked at.

    Attributes:
        name: what was looked at, for example `appendfsync`.
        value: what the server says.
        ok: whether that is safe.
        cure: what is wrong and what to do, when it is not.
    """

    name: str
    value: str
    ok: bool
    cure: str = ""

    @property
    def grave(self) -> bool:
        """Whether events would be unsafe: a memory that fills up does no harm yet, nor does a refusal."""
        return not self.ok and self.name not in ("memory", _WRITES)


_SETTINGS = {
    "appendonly": (
        "yes",
        "a restart of Redis would lose every event: CONFIG SET appendonly yes, and the same in redis.conf",
    ),
    "appendfsync": (
        "always",
        "a power cut would lose acknowledged events of the last second: CONFIG SET appendfsync always",
    ),
    "maxmemory-policy": (
        "noeviction",
        "Redis would throw events away when its memory is full: CONFIG SET maxmemory-policy noeviction",
    ),
}


def examine(connection: Connection) -> tuple[Finding, ...]:
    """Look at the server's version and role, durability settings and memory, and whether it takes writes.

    Raises:
        Unavailable: the server does not answer at all.
    """
    info = _info(connection)
    settings = [_setting(connection, name) for name in _SETTINGS]
    return (_version(info), _role(info), *settings, _memory(info), _writes(connection))


def refusal(findings: Iterable[Finding]) -> str:
    """Return why the server takes no writes now, and what to do; empty when it takes them."""
    return next((f"{one.value}: {one.cure}" for one in findings if one.name == _WRITES and not one.ok), "")


def _setting(connection: Connection, name: str) -> Finding:
    right, cure = _SETTINGS[name]
    try:
        reply = connection.execute("CONFIG", "GET", name)
    except Unavailable as error:
        return Finding(
            name=name,
            value="not readable",
            ok=False,
            cure=f"{error}: give this user +config|get, so that the setting can be checked",
        )
    value = reply[1].decode() if reply else ""
    return Finding(name=name, value=value, ok=value == right, cure="" if value == right else cure)


def _version(info: dict[str, str]) -> Finding:
    kind = "valkey" if "valkey_version" in info else "redis"
    text = info.get("valkey_version") or info.get("redis_version", "unknown")
    parts = tuple(int(part) if part.isdigit() else 0 for part in text.split(".")[:2])
    ok = parts >= OLDEST
    return Finding(
        name="version",
        value=f"{kind} {text}",
        ok=ok,
        cure="" if ok else "older than 7.0, which is the oldest that is tested: upgrade the server",
    )


def _role(info: dict[str, str]) -> Finding:
    """Look whether the server is a primary: what a replica takes, it loses again."""
    if info.get("role") != "slave":
        followers = int(info.get("connected_slaves", 0))
        value = "primary" + (f" with {followers} replicas" if followers != 1 else " with 1 replica")
        return Finding(name="role", value=value, ok=True)
    value = f"replica of {info.get('master_host')}:{info.get('master_port')}"
    if info.get("master_link_status") != "up":
        value += ", which it cannot reach"
    cure = (
        "a replica keeps nothing: let HOOKLINE_REDIS_URL name the primary, or promote it (REPLICAOF NO ONE)"
    )
    return Finding(name="role", value=value, ok=False, cure=cure)


def _writes(connection: Connection) -> Finding:
    """Ask for a write of every admission in a form that changes nothing: no event has an empty id.

    A user who may not do this may admit nothing, so that a NOPERM counts like any other refusal.

    Raises:
        Unavailable: the server does not answer.
    """
    try:
        connection.execute("ZADD", KEYS["due"], "XX", "0", "")
    except ServerRefused as error:
        value = f"refused, {error.refusal.cause} ({error.code})"
        return Finding(name=_WRITES, value=value, ok=False, cure=error.refusal.cure)
    return Finding(name=_WRITES, value="taken", ok=True)


def _memory(info: dict[str, str]) -> Finding:
    limit, used = int(info.get("maxmemory", 0)), int(info.get("used_memory", 0))
    if limit == 0:
        return Finding(name="memory", value=f"{_mib(used)} used, no limit", ok=True)
    free = 1 - used / limit
    ok = free >= HEADROOM
    return Finding(
        name="memory",
        value=f"{_mib(used)} of {_mib(limit)} used",
        ok=ok,
        cure=""
        if ok
        else f"{free:.0%} is free; at 0 events are answered with 503: raise maxmemory or shorten [retention]",
    )


def _info(connection: Connection) -> dict[str, str]:
    lines = connection.execute("INFO").decode("utf-8", "replace").splitlines()
    return dict(line.split(":", 1) for line in lines if ":" in line)


def _mib(number: int) -> str:
    return f"{number / 1024**2:.0f} MiB"
