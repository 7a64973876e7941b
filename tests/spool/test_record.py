"""A record is read as it was written, whatever is in it, or refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.spool.records import spooled
from tests.support.events import arrival, event
from webhooks.spool.record import Spooled, from_row, to_row

TEXT = st.text(max_size=20)
EVENTS = st.builds(
    event,
    TEXT,
    body=st.binary(max_size=50),
    type=TEXT,
    url=TEXT,
    headers=st.lists(st.tuples(TEXT, TEXT), max_size=3).map(tuple),
    received_at=st.floats(min_value=0, max_value=4e9),
)
ARRIVALS = st.builds(
    lambda found, remember, fixed: arrival(found, remember_body=remember, body_fixed=fixed),
    EVENTS,
    st.booleans(),
    st.booleans(),
)


@given(st.lists(ARRIVALS, max_size=4), st.floats(min_value=0, max_value=1e9))
def test_a_record_is_read_as_it_was_written(arrivals: list[object], keep: float) -> None:
    record = Spooled(
        arrivals=tuple(arrivals),  # type: ignore[arg-type]
        key_retention=keep,
        dead_retention=keep,
        secret="0a1b2c3d",
    )
    assert from_row(*to_row(record)) == record


@pytest.mark.parametrize("head", ["", "[]", "{}", "null", '{"arrivals": [{"bytes": 1}]}', "{" * 100_000])
def test_what_is_no_record_is_a_value_error(head: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        from_row(head, b"x")


def test_a_body_that_is_too_short_or_too_long_is_noticed() -> None:
    head, bodies = to_row(spooled("evt_1"))
    for wrong in (bodies[:-1], bodies + b"x"):
        with pytest.raises(ValueError, match=f"names {len(bodies)} bytes of bodies and has {len(wrong)}"):
            from_row(head, wrong)
