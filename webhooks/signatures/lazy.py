"""The doors to `cryptography`: it takes 30 ms to import, so only who meets a public key pays for it."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def asymmetric() -> Any:
    """Return the module `asymmetric`, imported when first asked for."""
    return import_module("webhooks.signatures.asymmetric")


def certificates() -> Any:
    """Return the module `certificates`, imported when first asked for."""
    return import_module("webhooks.signatures.certificates")
