"""A store with the files of `deploy/redis`, whose passwords its README's own commands make."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import redis

from tests.support.servers import PATIENT, StoreServer
from webhooks.store.connection import RedisConnection

DEPLOY = Path(__file__).parents[2] / "deploy" / "redis"
OBSERVER = "observer"
"""A user of the tests alone, who may read what the server has refused."""

_OBSERVER_LINE = f"user {OBSERVER} on nopass ~* &* +@all"


def shell_block(containing: str) -> str:
    """Return the shell block of the README that contains a text."""
    blocks: list[str] = re.findall(
        r"```sh\n(.*?)```", (DEPLOY / "README.md").read_text(encoding="utf-8"), re.DOTALL
    )
    return next(block for block in blocks if containing in block)


class GuardedServer(StoreServer):
    """Knows a URL for each user; everybody else is refused."""

    def __init__(self, folder: Path) -> None:
        """Make the passwords in `folder`."""
        super().__init__(folder)
        for name in ("redis.conf", "users.acl"):
            shutil.copy(DEPLOY / name, folder)
        subprocess.run(["sh", "-eu", "-c", shell_block("hookline.acl")], cwd=folder, check=True)
        with (folder / "hookline.acl").open("a", encoding="utf-8") as file:
            file.write(_OBSERVER_LINE + "\n")

    def url_of(self, user: str) -> str:
        """Return the URL of `web`, `worker`, `cli` or `flower`."""
        text = (self.folder / f"{user}.env").read_text(encoding="utf-8")
        return text.strip().partition("=")[2].replace(":6379/", f":{self.port}/")

    def launch(self, *options: str) -> None:
        """Start it with the files of the deployment; what differs is where it is."""
        command = [
            *(self.binary, str(self.folder / "redis.conf")),
            *("--port", str(self.port)),
            *("--dir", str(self.folder)),
            *("--aclfile", str(self.folder / "hookline.acl")),
            *options,
        ]
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)

    def connect(self, timeout: float = PATIENT) -> RedisConnection:
        """Return the observer's way in."""
        return RedisConnection(f"redis://{OBSERVER}:-@127.0.0.1:{self.port}/0", timeout=timeout)

    def as_user(self, user: str) -> redis.Redis:
        """Return a client that speaks as `user`."""
        return redis.Redis.from_url(self.url_of(user))

    def refusals(self) -> list[dict[str, Any]]:
        """Return what was refused so far, and forget it."""
        client = redis.Redis(port=self.port, username=OBSERVER, password="-", decode_responses=True)
        found: list[dict[str, Any]] = client.acl_log()
        client.acl_log_reset()
        client.close()
        return found
