"""What a server that answers may refuse as a whole: why, what to do, and whether another may take it.

The codes are those of Redis and Valkey: `createSharedObjects` and `processCommand` in their server.c.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from webhooks.errors import Unavailable


class Refusal(NamedTuple):
    """Why a server takes no command, or no write.

    Attributes:
        cause: what is the matter with the server.
        cure: what an operator can do.
        elsewhere: whether another server may stand behind the same address by now, so that the
            connection is dropped and the next command looks the address up again.
    """

    cause: str
    cure: str
    elsewhere: bool


REFUSALS: Mapping[str, Refusal] = MappingProxyType(
    {
        "READONLY": Refusal(
            "it is a replica", "let HOOKLINE_REDIS_URL name the primary, or promote this one", elsewhere=True
        ),
        "MASTERDOWN": Refusal(
            "it is a replica that has lost its primary",
            "let HOOKLINE_REDIS_URL name the primary, or promote this one",
            elsewhere=True,
        ),
        "NOREPLICAS": Refusal(
            "fewer replicas follow it than min-replicas-to-write asks for",
            "bring the replicas back, or lower min-replicas-to-write",
            elsewhere=True,
        ),
        "LOADING": Refusal(
            "it is loading its data", "wait: it answers when its file is read", elsewhere=True
        ),
        "UNBLOCKED": Refusal(
            "it has become a replica", "let HOOKLINE_REDIS_URL name the primary", elsewhere=True
        ),
        "OOM": Refusal("its memory is full", "raise maxmemory, or shorten [retention]", elsewhere=False),
        "MISCONF": Refusal(
            "it cannot write to its disk", "make room on its disk, or mend it; see its log", elsewhere=False
        ),
        "NOPERM": Refusal(
            "its access list does not allow this user the command",
            "use the list of deploy/redis/users.acl",
            elsewhere=False,
        ),
    }
)
"""Each code with which a server refuses; any other error is a fault of one command."""


class ServerRefused(Unavailable):
    """The server refuses, whatever the command is about: nothing was written.

    Attributes:
        code: a key of `REFUSALS`.
    """

    def __init__(self, code: str, text: str) -> None:
        """Keep the server's own `text`, cut to 200 characters."""
        self.code = code
        super().__init__(f"Redis refuses: {REFUSALS[code].cause} ({code} {text[:200]})")

    @property
    def refusal(self) -> Refusal:
        """Why, and what to do."""
        return REFUSALS[self.code]


def code_of(error: Exception) -> str:
    """Return the key of `REFUSALS` by which an error of redis-py was refused; empty when by none.

    redis-py takes the codes that it knows off the text.
    """
    code = getattr(error, "status_code", None) or str(error).partition(" ")[0]
    return code if code in REFUSALS else ""


def elsewhere(error: Exception) -> bool:
    """Say whether another server may take what an error of redis-py refuses."""
    code = code_of(error)
    return bool(code) and REFUSALS[code].elsewhere
