"""`hookline send --selftest`: everything that a source must take and refuse, against a running receiver."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from rich.text import Text

from webhooks.cli.output import console, plain, print_json, table
from webhooks.cli.posting import Reply, post, post_cut
from webhooks.cli.signing import Signer
from webhooks.cli.trials import Trial, all_trials, got


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of one trial.

    Attributes:
        trial: what was tried.
        got: the answer for people, or why there is none.
        ok: whether the answer is the right one; None when the trial was skipped.
    """

    trial: Trial
    got: str
    ok: bool | None


def selftest(signer: Signer, target: str, *, as_json: bool) -> bool:
    """Try everything and show it; return whether every answer was right.

    Raises:
        CannotSign: the secret or the private key cannot sign although it should.
        NotSent: nothing answers at `target`.
    """
    results = [_result(trial, target) for trial in all_trials(signer, time.time())]
    _show(results, as_json=as_json)
    return all(result.ok is not False for result in results)


def run(trial: Trial, target: str) -> Reply:
    """Send the requests of a trial that is not skipped; return the answer to the last.

    Raises:
        NotSent: nothing answers at `target`.
    """
    *before, last = trial.deliveries
    for delivery in before:
        post(delivery, target)
    if trial.missing:
        return post_cut(last, target, missing=trial.missing)
    return post(last, target)


def _result(trial: Trial, target: str) -> Result:
    if trial.skipped:
        return Result(trial=trial, got=trial.skipped, ok=None)
    reply = run(trial, target)
    return Result(trial=trial, got=got(reply), ok=trial.right(reply))


def _show(results: Sequence[Result], *, as_json: bool) -> None:
    if as_json:
        print_json(
            [
                {
                    "what": result.trial.what,
                    "expected": result.trial.expected,
                    "got": result.got,
                    "ok": result.ok,
                    "skipped": bool(result.trial.skipped),
                }
                for result in results
            ]
        )
        return
    marks = {True: Text("ok", "green"), False: Text("no", "red"), None: Text("skipped", "dim")}
    rows = [
        (result.trial.what, plain(result.trial.expected), plain(result.got), marks[result.ok])
        for result in results
    ]
    console().print(table(("what", "expected", "got", "ok"), rows))
