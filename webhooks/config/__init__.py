"""`hookline.toml` and the environment, read once into one frozen `Settings`."""

from __future__ import annotations

from webhooks.config.load import load_settings, receiver_faults, redis_faults
from webhooks.config.sections import Retention, Retry, Settings, Source

__all__ = ["Retention", "Retry", "Settings", "Source", "load_settings", "receiver_faults", "redis_faults"]
