"""The given rows: requests signed by the providers' own code and by other projects."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path

import pytest

from tests.vectors.__main__ import judge, main, run
from tests.vectors.rows import Row, delivery_of, read_rows
from webhooks.providers.catalog import PROVIDERS
from webhooks.providers.identity import name_events

DATA = Path(__file__).parent.parent / "data"

_ROWS: dict[str, list[Row]] = defaultdict(list)
for _row in read_rows(DATA / "vectors.jsonl.gz"):
    _ROWS[_row["provider"]].append(_row)


@pytest.mark.parametrize("provider", sorted(_ROWS))
def test_every_settled_row_is_judged_as_expected(provider: str) -> None:
    tally = run(_ROWS[provider])
    assert tally.mismatches == []
    assert tally.must_ok == tally.must


def test_named_events_are_named_as_documented() -> None:
    named = [row for rows in _ROWS.values() for row in rows if row.get("event_id") or row.get("event_type")]
    assert named
    for row in named:
        (name,) = name_events("src", PROVIDERS[row["provider"]], delivery_of(row))
        if row.get("event_id"):
            assert name.id == f"src:{row['event_id']}", row["id"]
        if row.get("event_type"):
            assert name.type == str(row["event_type"]), row["id"]


def test_every_row_can_be_named() -> None:
    for rows in _ROWS.values():
        for row in rows:
            assert name_events("src", PROVIDERS[row["provider"]], delivery_of(row))


def test_the_runner_reports_and_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    row = dict(_ROWS["github"][0])
    good, bad = tmp_path / "good.jsonl", tmp_path / "bad.jsonl"
    good.write_text(json.dumps(row))
    bad.write_text(json.dumps({**row, "provider": "nobody", "level": "policy"}))
    assert main([str(good)]) == 0
    assert main([str(good), str(bad)]) == 1
    report = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert report == {"must": 1, "must_ok": 1, "accept_ok": 1, "policy_errors": 1, "mismatches": [row["id"]]}
    assert main([]) == 2
    assert judge({**row, "secret": ""})[0] == "reject"
    assert judge(row) == ("accept", "")
