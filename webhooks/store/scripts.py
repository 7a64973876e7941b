"""The Lua scripts: loaded once, sent by their hash, sent whole when the server forgot them."""

from __future__ import annotations

import hashlib
from importlib.resources import files
from typing import Any

from webhooks.store.connection import Argument, Connection, NoScript
from webhooks.store.keys import named

_WHEN_FULL = "#!lua flags=allow-oom\n"
"""Redis 7.0 and Valkey, https://redis.io/docs/latest/develop/programmability/lua-api/#script_flags."""


class Script:
    """One script of `webhooks/store/scripts`, with what it shares with others before it."""

    def __init__(self, name: str, *, shared: tuple[str, ...] = (), when_full: bool = False) -> None:
        """Read the script's text.

        Args:
            name: the file's, without `.lua`.
            shared: files of functions that come between `common.lua` and the script.
            when_full: whether it runs while the server's memory is full: it records what has happened,
                which would otherwise happen once more, or it makes room.
        """
        folder = files("webhooks.store") / "scripts"
        parts = [(folder / f"{part}.lua").read_text(encoding="utf-8") for part in ("common", *shared, name)]
        self._text = (_WHEN_FULL if when_full else "") + named("".join(parts))
        self._sha = hashlib.sha1(self._text.encode(), usedforsecurity=False).hexdigest()

    def run(self, connection: Connection, *arguments: Argument) -> Any:
        """Run the script; the reply is whatever it returns.

        Raises:
            Unavailable: see `Connection.execute`.
        """
        try:
            return connection.execute("EVALSHA", self._sha, 0, *arguments)
        except NoScript:
            return connection.execute("EVAL", self._text, 0, *arguments)
