"""No worker has another's name, whatever its host and its process are called."""

from __future__ import annotations

import pytest

from workers.names import node_name


def test_each_worker_of_a_host_has_a_name_of_its_own() -> None:
    names = {node_name("celery@host") for _ in range(100)}
    assert len(names) == 100
    assert all(name.startswith("hookline-") and name.endswith("@host") for name in names)


@pytest.mark.parametrize("chosen", ["hooks-1@host", "celery-2@host"])
def test_a_name_that_was_chosen_stays(chosen: str) -> None:
    assert node_name(chosen) == chosen
