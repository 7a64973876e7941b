"""gunicorn's settings with the laboratory's points: `gunicorn -c python:tests.chaos.entry_web`."""

from __future__ import annotations

import webhooks.intake
from tests.chaos.points import around
from webhooks.server import *  # noqa: F403 - gunicorn reads its settings from this module's names
from webhooks.spool.file import SpoolFile

around(webhooks.intake, "admit", before="before EVAL", after="after EVAL")
around(SpoolFile, "append", before="before the spool's fsync", after="after the spool's fsync")
