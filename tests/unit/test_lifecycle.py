"""What the table of moves promises as a whole."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from webhooks.lifecycle import MOVES, Move, State, sources_of

UNENDING = {State.QUEUED, State.RUNNING, State.WAITING}
ENDED = set(State) - UNENDING


def reached(start: State, moves: Iterable[Move] = Move) -> set[State]:
    """Every state that can come after `start` by `moves`."""
    allowed, found, new = set(moves), set(), {start}
    while new:
        found |= new
        new = {to for (state, move), to in MOVES.items() if state in new and move in allowed} - found
    return found


@pytest.mark.parametrize("state", State)
def test_every_state_is_reached_from_a_new_event(state: State) -> None:
    assert state in reached(State.QUEUED)


@pytest.mark.parametrize("state", sorted(set(State) - {State.SUCCEEDED}))
def test_every_event_can_still_succeed(state: State) -> None:
    assert State.SUCCEEDED in reached(state)


@pytest.mark.parametrize("state", [State.DEAD, State.DISCARDED, State.UNHANDLED, State.WAITING])
def test_what_failed_or_was_put_aside_can_be_replayed(state: State) -> None:
    assert MOVES[state, Move.REPLAY] is State.QUEUED


def test_nothing_happens_to_what_succeeded() -> None:
    assert reached(State.SUCCEEDED) == {State.SUCCEEDED}


@pytest.mark.parametrize("state", sorted(ENDED))
def test_what_has_ended_starts_again_only_by_an_operator(state: State) -> None:
    by_itself = set(Move) - {Move.REPLAY, Move.DISCARD}
    assert reached(state, by_itself) == {state}


@pytest.mark.parametrize("state", sorted(UNENDING))
def test_what_has_not_ended_can_be_claimed_so_that_nothing_is_stranded(state: State) -> None:
    assert MOVES[state, Move.CLAIM] is State.RUNNING


def test_what_is_running_is_neither_replayed_nor_discarded_under_its_handlers_hands() -> None:
    assert State.RUNNING not in sources_of(Move.REPLAY)
    assert State.RUNNING not in sources_of(Move.DISCARD)


@pytest.mark.parametrize("move", [Move.FINISH, Move.IGNORE, Move.RETRY, Move.BURY, Move.RELEASE])
def test_a_result_is_for_a_running_event_only(move: Move) -> None:
    assert sources_of(move) == (State.RUNNING,)


@pytest.mark.parametrize("move", Move)
def test_every_move_is_in_the_table_and_leads_to_one_state(move: Move) -> None:
    assert len({to for (_, known), to in MOVES.items() if known is move}) == 1


def test_states_are_the_words_that_operators_read() -> None:
    assert [str(state) for state in State] == [
        *("queued", "running", "waiting", "succeeded", "dead", "discarded", "unhandled"),
    ]


def test_the_table_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        MOVES[State.SUCCEEDED, Move.REPLAY] = State.QUEUED  # type: ignore[index]
