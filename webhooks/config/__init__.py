"""`hookline.toml` and the environment, read once into one frozen `Settings`."""

from __future__ import annotations

from webhooks.config.load import load_settings, receiver_faults, redis_faults
from webhooks.config.sections import Retention, Retry
from webhooks.config.settings import Settings
from webhooks.config.source import Source, SourceSecret

__all__ = [
    "Retention",
    "Retry",
    "Settings",
    "Source",
    "SourceSecret",
    "load_settings",
    "receiver_faults",
    "redis_faults",
]
