"""`@on("stripe", "invoice.*")` and the ordered registry behind it; doubles are refused."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from inspect import isasyncgenfunction, iscoroutinefunction, isgeneratorfunction

from webhooks.errors import Misconfigured
from webhooks.event import Event

Function = Callable[[Event], None]


@dataclass(frozen=True, slots=True)
class Handler:
    """One function and the events that it wants.

    Attributes:
        source: a source's name, or a pattern of names with `*` and `?`.
        type: an event type, or such a pattern.
        function: what runs.
    """

    source: str
    type: str
    function: Function

    @property
    def name(self) -> str:
        """Return `<module>.<function>`, under which its outcome is remembered."""
        return f"{self.function.__module__}.{self.function.__qualname__}"

    def wants(self, source: str, type: str) -> bool:
        """Return whether an event of that source and type is for this handler."""
        return fnmatchcase(source, self.source) and fnmatchcase(type, self.type)


class Registry:
    """The handlers in the order in which they were registered, which is the order they run in."""

    def __init__(self) -> None:
        """Begin with none."""
        self._handlers: list[Handler] = []

    def add(self, source: str, type: str, function: Function) -> None:
        """Register a function.

        Raises:
            Misconfigured: it is registered for the same source and type already, another
                function has its name, or a call would not run it.
        """
        new = Handler(source, type, function)
        if isasyncgenfunction(function) or iscoroutinefunction(function) or isgeneratorfunction(function):
            # Its call would return at once and count as a success.
            raise Misconfigured([f"{new.name} must be a plain function: no async def and no yield"])
        for known in self._handlers:
            if known.name == new.name and known.function is not function:
                raise Misconfigured(
                    [f"two handlers are called {new.name}: rename one, their outcomes are kept by name"]
                )
            if (known.source, known.type, known.name) == (source, type, new.name):
                raise Misconfigured([f"{new.name} is registered twice for {source} {type}: remove one @on"])
        self._handlers.append(new)

    def matching(self, source: str, type: str) -> tuple[Handler, ...]:
        """Return the handlers for an event, in order, each function once."""
        found: dict[str, Handler] = {}
        for handler in self._handlers:
            if handler.wants(source, type):
                found.setdefault(handler.name, handler)
        return tuple(found.values())

    def __len__(self) -> int:
        """Return how many registrations there are."""
        return len(self._handlers)


HANDLERS = Registry()
"""What `on` fills and the worker runs."""


def on(source: str, type: str = "*") -> Callable[[Function], Function]:
    """Register the decorated function for the events of a source and type.

    Args:
        source: a source's name, or a pattern with `*` and `?`.
        type: an event type, or such a pattern; every type when left out.

    Raises:
        Misconfigured: see `Registry.add`.
    """

    def register(function: Function) -> Function:
        HANDLERS.add(source, type, function)
        return function

    return register


def load_handlers(modules: Iterable[str]) -> None:
    """Import the modules that register handlers.

    Raises:
        Misconfigured: one is not there or fails while it is imported.
    """
    for name in modules:
        try:
            importlib.import_module(name)
        except Misconfigured:
            raise
        except Exception as error:
            fault = (
                f"worker.handlers: the module {name!r} cannot be imported ({type(error).__name__}: {error}); "
                "modules are looked for in the current directory and in the installed packages"
            )
            raise Misconfigured([fault]) from error
