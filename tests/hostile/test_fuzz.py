"""Everything hostile in one go: nothing makes the receiver fail, hang or store what is not proven."""

from __future__ import annotations

from tests.hostile.fuzz import make_requests
from tests.hostile.run import run_hostile
from tests.support.processes import SECRET, Installation, Process
from tests.support.servers import StoreServer

NUMBER = 1500


def test_nothing_hostile_does_harm(web: Process, installation: Installation, own_server: StoreServer) -> None:
    found = run_hostile(installation.port, SECRET, own_server.connect(), requests=NUMBER, seed=1, slow=20)
    assert found.surprises == ()
    assert found.fuzzed.sent == NUMBER
    assert found.fuzzed.wrong == []
    assert found.fuzzed.hung == []
    # They were neither all nonsense nor all well.
    assert {200, 400, 401, 404} <= set(found.fuzzed.statuses)
    assert found.changed == ()
    assert found.acknowledged == 0
    assert found.unproven == ()
    assert found.answered
    assert found.wrong == 0


def test_the_same_seed_makes_the_same_requests() -> None:
    first, again, other = (list(make_requests("whsec_fake", number=50, seed=seed)) for seed in (1, 1, 2))
    assert first != other
    # The signatures are of the second in which they were made.
    assert [len(raw) for raw in first] == [len(raw) for raw in again]
