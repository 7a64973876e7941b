"""What `hookline up` says once all of it runs."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import Path

from rich.text import Text

from webhooks.cli.first_run import FirstRun
from webhooks.cli.output import console, plain
from webhooks.cli.running import DATA, Running
from webhooks.config import Settings, Source


def greeting(settings: Settings, running: Running, first: FirstRun, data: Path) -> str:
    """Return what a newcomer needs next, as this terminal shows it."""
    facts = [("receiver", f"{running.web}/webhooks/{name}") for name in settings.sources]
    facts.append(("Flower", running.flower))
    if first.secret:
        facts.append(("secret", f"{first.secret}  (made for the source {first.source!r})"))
    facts.append(("handlers", first.handlers))
    lines = [
        " Ctrl-C stops it.\n",
        *(f"  {name:<10}{plain(fact)}" for name, fact in facts),
        "\nTry next, in another terminal:\n",
        *(f"  {plain(line)}" for line in _next(next(iter(settings.sources.values())), data)),
        "",
    ]
    shown = console()
    with shown.capture() as captured:
        shown.print(Text.assemble(("\nHookline is running.", "bold green"), "\n".join(lines)))
    return captured.get()


def _next(source: Source, data: Path) -> list[str]:
    own = Path(sys.argv[0])
    found = shutil.which("hookline")
    name = "hookline" if found and Path(found).samefile(own) else shlex.quote(os.path.relpath(own))
    option = "" if data == Path(DATA) else f" --data {shlex.quote(str(data))}"
    return [f"{name} send {source.name} {source.provider.sample_type}{option}", f"{name} events list{option}"]
