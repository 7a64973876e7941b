"""The `hookline` command, one file a verb."""

from __future__ import annotations

import importlib
import sys

import click

from webhooks.errors import HooklineError
from webhooks.version import VERSION

VERBS = {
    "up": "webhooks.cli.up",
    "check": "webhooks.cli.check",
    "send": "webhooks.cli.send",
    "events": "webhooks.cli.events",
    "rejections": "webhooks.cli.rejections",
    "replay": "webhooks.cli.replay",
    "discard": "webhooks.cli.discard",
    "spool": "webhooks.cli.spool",
    "providers": "webhooks.cli.providers",
}
"""Each verb's module, whose `command` it is; imported when it is called, so that each starts fast."""


class _Verbs(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        command: click.Command = importlib.import_module(VERBS[cmd_name]).command
        return command

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except HooklineError as error:
            click.echo(f"hookline: {error}", err=True)
            sys.exit(1)


@click.command(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="hookline")
def main() -> None:
    """Receive webhooks, never lose an acknowledged one, and repair what failed."""
