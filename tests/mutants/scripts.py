"""Faults of the scripts that admit, claim and keep events."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

FOLDER = "webhooks/store/scripts"
ADMISSION = ("tests/store/test_admission.py",)
CLAIMING = ("tests/store/test_claiming.py",)
FENCES = ("tests/store/test_fences.py",)
GOING_ON = ("tests/store/test_going_on.py",)
LIFECYCLE = ("tests/store/test_lifecycle.py",)
RESULTS = ("tests/store/test_results.py",)
REPAIR = ("tests/store/test_repair.py",)
SWEEPING = ("tests/store/test_sweeping.py", "tests/store/test_retiring.py")
ALL = ("tests/store",)


def of_script(name: str, script: str, old: str, new: str, tests: tuple[str, ...], reason: str = "") -> Mutant:
    """Return a mutant of one of the store's scripts."""
    return Mutant(name, f"{FOLDER}/{script}.lua", old, new, tests, reason)


ADMIT = (
    of_script(
        "an event is stored without its body",
        "admit",
        "  redis.call('SET', KEY.content .. id, e.content)\n",
        "",
        ADMISSION,
    ),
    of_script(
        "an admitted event is never due",
        "admit",
        "  due_at(e.id, now + grace_ms)\n",
        "",
        (*ADMISSION, *SWEEPING),
    ),
    of_script("an admitted event gets no hint", "admit", "  if hint then", "  if false then", ADMISSION),
    of_script(
        "one hint in eight is dropped",
        "admit",
        "  if hint then",
        "  if hint and tonumber(string.sub(redis.sha1hex(e.id), 1, 1), 16) > 1 then",
        ALL,
    ),
    of_script(
        "a duplicate is stored as new",
        "admit",
        "  if known[1] then",
        "  if known[1] == 'dead' then",
        ADMISSION,
    ),
    of_script(
        "another body under the same id is a duplicate",
        "admit",
        "if e.body_fixed == '1' and known[2] ~= e.digest then",
        "if false then",
        ADMISSION,
    ),
    of_script(
        "the second body of a conflict is thrown away",
        "admit",
        "if redis.call('EXISTS', KEY.event .. other) == 0 then",
        "if false then",
        ADMISSION,
    ),
    of_script(
        "a dead event that is sent again stays dead",
        "admit",
        "if known[1] == 'dead' then",
        "if false then",
        ALL,
    ),
    of_script(
        "the attempts before death count for an event that is sent again",
        "admit",
        "      new_round(e.id, known[4])\n",
        "",
        ALL,
    ),
    of_script(
        "a body is not remembered",
        "admit",
        "    redis.call('SET', KEY.body .. e.body_key, e.id, 'PX', body_key_ms)\n",
        "",
        ADMISSION,
    ),
    of_script(
        "a body stands for an event that is gone",
        "admit",
        "if first and redis.call('EXISTS', KEY.event .. first) == 1 then",
        "if first then",
        (*ADMISSION, *SWEEPING),
    ),
    of_script(
        "a dead event without content swallows its redelivery",
        "admit",
        "if known[1] == 'dead' and not known[5] then",
        "if false then",
        ALL,
    ),
    of_script(
        "admission adds hints to any backlog",
        "admit",
        "redis.call('LLEN', KEY.queue) < backlog",
        "true",
        ALL,
    ),
)

CLAIM = (
    of_script(
        "an event in another worker's hand is given again",
        "lease",
        "tonumber(found[2] or 0) <= now",
        "true",
        CLAIMING,
    ),
    of_script("a waiting event runs before its time", "lease", "tonumber(found[3] or 0) <= now", "true", ALL),
    of_script("an attempt is not counted", "lease", "'attempts', 1)", "'attempts', 0)", CLAIMING),
    of_script(
        "an event whose worker died is never due",
        "lease",
        "  due_at(id, now + lease_ms)\n",
        "",
        (*CLAIMING, *SWEEPING),
    ),
    of_script(
        "attempts before a replay count",
        "lease",
        "tonumber(found[4] or 0) - tonumber(found[5] or 0)",
        "tonumber(found[4] or 0)",
        ALL,
    ),
    of_script("a released attempt counts", "lease", " - tonumber(found[7] or 0)", "", CLAIMING),
    of_script("attempts have no limit", "claim", "event.used >= tonumber(ARGV[3])", "false", CLAIMING),
    of_script(
        "a worker that died is not counted", "claim", "count('lost', event.source)", "count('lost', '')", ALL
    ),
    of_script(
        "an extended lease ends as before", "extend", "'lease_until', whole(till)", "'lease_until', 0", ALL
    ),
    of_script("a lost lease counts as held", "extend", "and 1 or 0", "and 1 or 1", RESULTS + CLAIMING),
)

UPKEEP = (
    of_script(
        "each sweep hints the same again", "sweep", "    due_at(id, now + tonumber(ARGV[3]))\n", "", SWEEPING
    ),
    of_script(
        "a sweep adds to any backlog",
        "sweep",
        "redis.call('LLEN', KEY.queue) >= tonumber(ARGV[1])",
        "false",
        SWEEPING,
    ),
    of_script(
        "each sweep hints the same behind a backlog",
        "sweep",
        "'SADD', KEY.behind, id .. '.' .. event[2]) == 1",
        "'SADD', KEY.behind, id .. '.' .. event[2]) >= 0",
        SWEEPING,
    ),
    of_script(
        "nobody sees that a worker is alive",
        "sweep",
        "whole(now), ARGV[4])",
        "0, ARGV[4])",
        (*SWEEPING, "tests/store/test_health.py"),
    ),
    of_script(
        "an id is forgotten when its event is retired",
        "retire",
        "if tonumber(event[4]) > now then",
        "if false then",
        SWEEPING,
    ),
    of_script(
        "a retired event keeps its content",
        "retire",
        "'DEL', key, KEY.content .. id,",
        "'DEL', key,",
        SWEEPING,
    ),
    of_script(
        "an event is retired before its time",
        "retire",
        "whole(now), 'BYSCORE'",
        "'+inf', 'BYSCORE'",
        SWEEPING,
    ),
    of_script(
        "a replayed event has used up its attempts",
        "replay",
        "    new_round(id, found[3])\n",
        "",
        REPAIR,
    ),
    of_script(
        "an event without content is replayed",
        "replay",
        "if not found[4] then",
        "if false then",
        (*REPAIR, *SWEEPING),
    ),
    of_script(
        "a discarded event still runs",
        "discard",
        "set_state(id, found[1], 'discarded', found[2])",
        "local _",
        REPAIR,
    ),
)

MUTANTS = (*ADMIT, *CLAIM, *UPKEEP)
