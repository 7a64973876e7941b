"""The version of this release, for reports and the command line."""

from __future__ import annotations

from importlib.metadata import version

VERSION = version("hookline")
"""As in the package's metadata, for example `0.1.0`."""
