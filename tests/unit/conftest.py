"""What the unit tests share: one profile for the property tests."""

from __future__ import annotations

from hypothesis import settings

# A busy machine is no fault of the code: no example has a time limit of its own.
settings.register_profile("hookline", deadline=None)
settings.load_profile("hookline")
