"""Random lives: a few events, whatever may happen to them, and the table of moves beside them."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from tests.support.events import admit_one, event
from tests.support.life import (
    LAPSED,
    UNFINISHED,
    due_at,
    fields_of,
    hinted,
    members,
    number_of,
    record_of,
    stored,
)
from webhooks.lifecycle import MOVES, Move, State
from webhooks.store.admission import Outcome
from webhooks.store.connection import RedisConnection
from webhooks.store.keys import KEYS
from webhooks.store.listing import find
from webhooks.store.processing import (
    Buried,
    Claim,
    Keep,
    Recorded,
    Refused,
    claim,
    extend,
    fail,
    finish,
    release,
)
from webhooks.store.repair import RETIRED, discard, replay
from webhooks.store.upkeep import retire, sweep

NAMES = ("evt_1", "evt_2", "evt_3")
MAX_ATTEMPTS = 3
LATER = 3600.0

names = st.sampled_from(NAMES)
yes_or_no = st.booleans()
periods = st.sampled_from([LAPSED, LATER])


@dataclass
class Life:
    """What the model knows of an event."""

    state: State = State.QUEUED
    open: bool = True  # not held, or no longer; due, or no wait
    attempts: int = 0
    before_round: int = 0
    released: int = 0  # in this round
    interrupted: int = 0
    claims: list[Claim] = field(default_factory=list)
    current: Claim | None = None
    kept: bool = True
    short: bool = False  # to be retired by the next round

    @property
    def used(self) -> int:
        return self.attempts - self.before_round - self.released

    def may(self, move: Move) -> bool:
        return self.kept and (self.state, move) in MOVES

    def make(self, move: Move) -> None:
        self.state = MOVES[self.state, move]
        self.current = None

    def end(self, move: Move, keep: float) -> None:
        self.make(move)
        self.short = keep == LAPSED


class Lives(RuleBasedStateMachine):
    """Drives the real scripts, and says beforehand what they do."""

    connection: RedisConnection

    def __init__(self) -> None:
        super().__init__()
        self.connection.execute("FLUSHALL")
        self.lives: dict[str, Life] = {}

    @rule(name=names)
    def admit(self, name: str) -> None:
        life = self.lives.get(name)
        outcome = admit_one(self.connection, event(name)).outcome
        if life is None or (life.state is State.DEAD and not life.kept):
            assert outcome is Outcome.ACCEPTED
            self.lives[name] = Life()
        elif life.state is State.DEAD:
            assert outcome is Outcome.ACCEPTED
            self._requeue(life)
        else:
            assert outcome is Outcome.DUPLICATE

    @rule(name=names, lease=periods, keep=periods)
    def claim(self, name: str, lease: float, keep: float) -> None:
        life = self.lives.get(name)
        kept = Keep(event=keep, key=LATER)
        taken = claim(self.connection, _id(name), lease=lease, max_attempts=MAX_ATTEMPTS, keep=kept)
        if life is None:
            assert taken == Refused(state="unknown")
        elif not (life.may(Move.CLAIM) and life.open):
            assert taken == Refused(state=life.state)
        elif life.used >= MAX_ATTEMPTS:
            assert isinstance(taken, Buried)
            life.interrupted += life.state is State.RUNNING
            life.end(Move.BURY, keep)
        else:
            assert isinstance(taken, Claim)
            life.interrupted += life.state is State.RUNNING
            life.make(Move.CLAIM)
            life.attempts += 1
            life.open = lease == LAPSED
            assert all(number_of(taken) > number_of(earlier) for earlier in life.claims)
            event = taken.record.event
            assert (taken.round, event.attempt) == (life.used, life.attempts)
            assert (taken.record.attempts_before, event.interrupted) == (life.before_round, life.interrupted)
            life.claims.append(taken)
            life.current = taken

    @rule(name=names, state=st.sampled_from([State.SUCCEEDED, State.UNHANDLED]), keep=periods, late=yes_or_no)
    def finish(self, name: str, state: State, keep: float, late: bool) -> None:  # noqa: FBT001
        if (found := self._word(name, late=late)) is None:
            return
        life, said, counts = found
        kept = Keep(event=keep, key=LATER)
        taken = finish(self.connection, _id(name), said.fence, state=state, handlers=(), keep=kept)
        assert taken == Recorded(counts)
        if counts:
            life.end(Move.FINISH if state is State.SUCCEEDED else Move.IGNORE, keep)

    @rule(name=names, wait=st.sampled_from([None, LAPSED, LATER]), keep=periods, late=yes_or_no)
    def fail(self, name: str, wait: float | None, keep: float, late: bool) -> None:  # noqa: FBT001
        if (found := self._word(name, late=late)) is None:
            return
        life, said, counts = found
        kept = Keep(event=keep, key=LATER)
        taken = fail(self.connection, _id(name), said.fence, error="boom", wait=wait, handlers=(), keep=kept)
        assert taken == Recorded(counts)
        if counts and wait is None:
            life.end(Move.BURY, keep)
        elif counts:
            life.make(Move.RETRY)
            life.open = wait == LAPSED

    @rule(name=names, late=yes_or_no)
    def release(self, name: str, late: bool) -> None:  # noqa: FBT001
        if (found := self._word(name, late=late)) is None:
            return
        life, said, counts = found
        assert release(self.connection, said, interrupted=True) is counts
        if counts:
            life.make(Move.RELEASE)
            life.released += 1
            life.interrupted += 1
            life.open = True

    @rule(name=names, lease=periods, late=yes_or_no)
    def extend(self, name: str, lease: float, late: bool) -> None:  # noqa: FBT001
        if (found := self._word(name, late=late)) is None:
            return
        life, said, counts = found
        assert extend(self.connection, _id(name), said.fence, lease=lease) is counts
        if counts:
            life.open = lease == LAPSED

    @rule(name=names)
    def replay(self, name: str) -> None:
        record = find(self.connection, _id(name))
        life = self.lives.get(name)
        if record is None or life is None:
            assert (record, life) == (None, None)
            return
        assert replay(self.connection, record) == (life.state if life.kept else RETIRED)
        if life.may(Move.REPLAY):
            self._requeue(life)

    @rule(name=names, keep=periods)
    def discard(self, name: str, keep: float) -> None:
        life = self.lives.get(name)
        was = discard(self.connection, _id(name), keep=keep, key=LATER)
        if life is None:
            assert was == ""
            return
        assert was == (life.state if life.kept else RETIRED)
        if life.may(Move.DISCARD):
            life.end(Move.DISCARD, keep)

    @rule()
    def sweep(self) -> None:
        due = sum(
            life.state in UNFINISHED and life.open and life.state is not State.QUEUED
            for life in self.lives.values()
        )
        # What was swept before is pushed forward, and what is queued is due after its grace.
        assert sweep(self.connection, worker="worker", backlog=10_000) <= due

    @rule()
    def retire(self) -> None:
        going = [life for life in self.lives.values() if life.kept and life.short]
        assert retire(self.connection) == len(going)
        for life in going:
            life.kept = False

    @invariant()
    def the_records_are_as_the_table_says(self) -> None:
        for name, life in self.lives.items():
            record = record_of(self.connection, _id(name))
            assert record.state is life.state
            assert record.retired is not life.kept
            if life.kept:
                assert record.event.attempt == life.attempts
                assert (record.lease_until is not None) is (life.state is State.RUNNING)
                assert (record.next_at is not None) is (life.state is State.WAITING)
                assert (record.ended_at is not None) is (life.state not in UNFINISHED)

    @invariant()
    def the_indexes_agree_with_the_records(self) -> None:
        kept = {_id(name): life.state for name, life in self.lives.items() if life.kept}
        for state in State:
            expected = {event_id for event_id, found in kept.items() if found is state}
            assert stored(self.connection, state) == expected
        unfinished = {event_id for event_id, state in kept.items() if state in UNFINISHED}
        assert members(self.connection, "due") == unfinished
        assert members(self.connection, "retire") == set(kept) - unfinished

    @invariant()
    def what_is_queued_is_hinted_or_due(self) -> None:
        waiting = set(hinted(self.connection))
        for name, life in self.lives.items():
            if life.kept and life.state is State.QUEUED:
                assert _id(name) in waiting
                assert due_at(self.connection, _id(name)) is not None

    @invariant()
    def an_id_whose_body_is_gone_expires(self) -> None:
        for name, life in self.lives.items():
            left = self.connection.execute("PTTL", KEYS["event"] + _id(name))
            assert (left > 0) is not life.kept
            assert (b"content" in fields_of(self.connection, _id(name))) is life.kept

    def _word(self, name: str, *, late: bool) -> tuple[Life, Claim, bool] | None:
        """Who speaks, the holder or one that held the event before, and whether it counts."""
        life = self.lives.get(name)
        if life is None or not life.claims:
            return None
        said = life.claims[0] if late else life.claims[-1]
        if said is not life.current and said is life.claims[-1]:
            return None  # its own word once more: see test_results
        return life, said, said is life.current

    def _requeue(self, life: Life) -> None:
        life.make(Move.REPLAY)
        life.before_round = life.attempts
        life.released = 0
        life.open, life.short = True, False


def _id(name: str) -> str:
    return f"stripe:{name}"


def test_whatever_happens_to_events_the_table_foretells_it(connection: RedisConnection) -> None:
    class TheseLives(Lives):
        pass

    TheseLives.connection = connection
    run_state_machine_as_test(
        TheseLives,
        settings=settings(
            max_examples=40,
            stateful_step_count=40,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
