"""The registry: an ordered, visible list in which doubles are refused."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import workers
from webhooks.errors import Misconfigured
from webhooks.event import Event
from workers import handlers
from workers.handlers import Handler, Registry, load_handlers, on


def first(event: Event) -> None: ...


def second(event: Event) -> None: ...


def another_of_the_name(name: str) -> Callable[[Event], None]:
    def made(event: Event) -> None: ...

    made.__qualname__ = name
    return made


@pytest.fixture
def registry() -> Registry:
    return Registry()


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> Registry:
    """The registry that `on` fills, empty."""
    empty = Registry()
    monkeypatch.setattr(handlers, "HANDLERS", empty)
    return empty


def names(found: tuple[Handler, ...]) -> list[str]:
    return [handler.name.rpartition(".")[2] for handler in found]


def test_handlers_run_in_the_order_in_which_they_were_registered(registry: Registry) -> None:
    registry.add("stripe", "*", second)
    registry.add("*", "*", first)
    assert names(registry.matching("stripe", "invoice.paid")) == ["second", "first"]


@pytest.mark.parametrize(
    ("source", "type", "wanted"),
    [
        ("stripe", "invoice.paid", True),
        ("stripe", "invoice.", True),
        ("stripe", "invoice", False),
        ("stripe", "Invoice.paid", False),
        ("stripe", "customer.invoice.paid", False),
        ("Stripe", "invoice.paid", False),
        ("stripe-eu", "invoice.paid", False),
    ],
)
def test_a_pattern_matches_the_whole_name_in_its_case(source: str, type: str, *, wanted: bool) -> None:
    assert Handler("stripe", "invoice.*", first).wants(source, type) is wanted


@pytest.mark.parametrize(("pattern", "source"), [("*", "any"), ("stripe-??", "stripe-eu"), ("s*e", "stripe")])
def test_a_source_may_be_a_pattern_too(pattern: str, source: str) -> None:
    assert Handler(pattern, "*", first).wants(source, "x")


def test_a_handler_of_two_patterns_runs_once(registry: Registry) -> None:
    registry.add("stripe", "invoice.*", first)
    registry.add("stripe", "*.paid", first)
    assert names(registry.matching("stripe", "invoice.paid")) == ["first"]
    assert len(registry) == 2


def test_nothing_matches_when_nothing_is_registered(registry: Registry) -> None:
    assert registry.matching("stripe", "invoice.paid") == ()


def test_the_same_registration_twice_is_refused(registry: Registry) -> None:
    registry.add("stripe", "*", first)
    with pytest.raises(Misconfigured, match=r"first is registered twice for stripe \*: remove one @on"):
        registry.add("stripe", "*", first)


def test_two_handlers_of_one_name_are_refused_since_outcomes_are_kept_by_name(registry: Registry) -> None:
    registry.add("stripe", "a", another_of_the_name("charge"))
    with pytest.raises(Misconfigured, match=r"two handlers are called .*charge: rename one"):
        registry.add("stripe", "b", another_of_the_name("charge"))


async def coroutine(event: Event) -> None: ...


def generator(event: Event) -> Iterator[None]:
    yield


async def both(event: Event) -> AsyncIterator[None]:
    yield


@pytest.mark.parametrize("function", [coroutine, generator, both])
def test_a_function_whose_call_runs_nothing_is_refused_or_it_would_succeed_unrun(
    registry: Registry, function: Any
) -> None:
    with pytest.raises(Misconfigured, match="must be a plain function"):
        registry.add("*", "*", function)


def test_a_handler_is_named_by_module_and_function() -> None:
    assert Handler("*", "*", first).name == f"{__name__}.first"


def test_on_registers_and_leaves_the_function_as_it_is(known: Registry) -> None:
    decorated = on("stripe", "invoice.*")(first)
    assert decorated is first
    assert names(known.matching("stripe", "invoice.paid")) == ["first"]


def test_without_a_type_every_type_is_wanted(known: Registry) -> None:
    on("stripe")(first)
    assert known.matching("stripe", "anything at all")


def test_a_module_of_handlers_needs_one_import() -> None:
    assert set(workers.__all__) == {"Dead", "Event", "Retry", "on"}


@pytest.fixture
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, known: Registry) -> Iterator[Path]:
    """A folder whose modules can be imported, and are forgotten afterwards."""
    monkeypatch.syspath_prepend(str(tmp_path))
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


def test_modules_are_imported_in_the_order_named(modules: Path, known: Registry) -> None:
    for name in ("zebra_handlers", "apple_handlers"):
        code = f"from workers import on\n\n@on('*')\ndef {name}(event):\n    pass\n"
        (modules / f"{name}.py").write_text(code, encoding="utf-8")
    load_handlers(["zebra_handlers", "apple_handlers"])
    assert names(known.matching("s", "t")) == ["zebra_handlers", "apple_handlers"]


def test_a_module_that_is_not_there_is_told_with_where_it_was_looked_for() -> None:
    with pytest.raises(Misconfigured) as caught:
        load_handlers(["no_such_handlers"])
    (fault,) = caught.value.faults
    assert fault.startswith("worker.handlers: the module 'no_such_handlers' cannot be imported")
    assert "current directory" in fault


@pytest.mark.parametrize(
    "code", ["def broken(:\n", "raise RuntimeError('at import')\n", "import no_such_module\n"]
)
def test_a_module_that_cannot_be_imported_is_told_with_the_reason(modules: Path, code: str) -> None:
    (modules / "broken_handlers.py").write_text(code, encoding="utf-8")
    with pytest.raises(Misconfigured, match=r"'broken_handlers' cannot be imported \(\w+Error: "):
        load_handlers(["broken_handlers"])


def test_a_double_in_a_module_is_told_as_what_it_is(modules: Path) -> None:
    code = "from workers import on\n\n@on('*')\n@on('*')\ndef twice(event):\n    pass\n"
    (modules / "double_handlers.py").write_text(code, encoding="utf-8")
    with pytest.raises(Misconfigured, match="twice is registered twice"):
        load_handlers(["double_handlers"])
