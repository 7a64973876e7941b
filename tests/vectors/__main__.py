"""Run vectors files; the last line printed is a JSON object.

`python -m tests.vectors FILE...` verifies each row's request; `python -m tests.vectors --handshakes
FILE...` sends each row's through the Flask application, on a store of its own.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from tests.vectors.rows import Row, configured, delivery_of, read_rows
from tests.vectors.through_app import judge_all
from webhooks.errors import Rejected
from webhooks.providers.catalog import PROVIDERS
from webhooks.signatures import verify


@dataclass(kw_only=True)
class Tally:
    """What came of the rows.

    Attributes:
        must: rows whose expectation is settled.
        must_ok: those of them that were met.
        accept_ok: those of them that were to be accepted, and were.
        policy_errors: unsettled rows that ended in an exception other than `Rejected`.
        mismatches: ids of the rows of either kind that went wrong.
    """

    must: int = 0
    must_ok: int = 0
    accept_ok: int = 0
    policy_errors: int = 0
    mismatches: list[str] = field(default_factory=list)

    def add(self, row: Row, outcome: str) -> None:
        """Count one row; `outcome` is accept, reject or error."""
        must = row["level"] == "must"
        met = outcome == row["expect"]
        self.must += must
        self.must_ok += must and met
        self.accept_ok += must and met and outcome == "accept"
        self.policy_errors += not must and outcome == "error"
        if outcome == "error" or (must and not met):
            self.mismatches.append(row["id"])


def judge(row: Row) -> tuple[str, str]:
    """Return accept, reject or error, and the code or the exception behind it.

    A secret that stops a receiver's start lets nothing in: that is a rejection too.
    """
    try:
        secrets, options = configured(row)
        for secret in secrets:
            try:
                PROVIDERS[row["provider"]].scheme.check_secret(secret)
            except ValueError as fault:
                return "reject", f"refused at the start: {fault}"
        verify(row["provider"], delivery_of(row), secrets, now=row["now"], options=options)
    except Rejected as refusal:
        return "reject", refusal.code
    except Exception as error:  # noqa: BLE001 - any other exception is what this looks for
        return "error", f"{type(error).__name__}: {error}"
    return "accept", ""


def run(rows: Iterable[Row]) -> Tally:
    """Judge all rows, saying what went wrong with which."""
    tally = Tally()
    for row in rows:
        outcome, detail = judge(row)
        before = len(tally.mismatches)
        tally.add(row, outcome)
        if len(tally.mismatches) > before:
            print(f"{row['id']}: {outcome} ({detail}), expected {row['expect']}: {row.get('why', '')}")  # noqa: T201
    return tally


def run_handshakes(rows: Iterable[Row]) -> Tally:
    """Send all rows through the application, saying what is wrong with which."""
    tally = Tally()
    for name, wrong in judge_all(rows).items():
        tally.must += 1
        tally.must_ok += not wrong
        tally.accept_ok += not wrong
        if wrong:
            tally.mismatches.append(name)
            print(f"{name}: {'; '.join(wrong)}")  # noqa: T201
    return tally


def main(arguments: list[str]) -> int:
    """Run the files; return the exit status."""
    handshakes = arguments[:1] == ["--handshakes"]
    names = arguments[1:] if handshakes else arguments
    if not names:
        print("usage: python -m tests.vectors [--handshakes] FILE...", file=sys.stderr)  # noqa: T201
        return 2
    rows = (row for name in names for row in read_rows(Path(name)))
    tally = run_handshakes(rows) if handshakes else run(rows)
    print(json.dumps(vars(tally)))  # noqa: T201
    return 1 if tally.mismatches else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
