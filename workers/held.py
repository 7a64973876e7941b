"""The event as a handler gets it: it knows whether its worker still holds it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

from webhooks.event import Event


class HeldEvent(Event):
    """An event in the hands of a worker.

    Sent to another process it is a plain event, since only this one can say.

    Attributes:
        ask: finds out whether it is still held.
    """

    ask: Callable[[], bool]

    @classmethod
    def of(cls, event: Event, ask: Callable[[], bool]) -> Self:
        """Return the same event, which answers `still_held` by `ask`."""
        held = cls._make(event)
        held.ask = ask
        return held

    def still_held(self) -> bool:
        """Ask the store; see `Event.still_held`."""
        return self.ask()

    def _replace(self, **changes: Any) -> Self:
        return self.of(super()._replace(**changes), self.ask)

    def __copy__(self) -> Self:
        """Return itself, which cannot be changed."""
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Return itself, which cannot be changed."""
        return self

    def __reduce__(self) -> tuple[type[Event], tuple[Any, ...]]:
        """Return how a plain event with the same values is made."""
        return Event, tuple(self)
