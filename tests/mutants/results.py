"""Faults of the scripts that record what became of an attempt, and go on with the next event."""

from __future__ import annotations

from tests.mutants.scripts import ALL, CLAIMING, FENCES, GOING_ON, LIFECYCLE, RESULTS, SWEEPING, of_script

RESULT = (
    of_script(
        "a fence is its number alone",
        "common",
        "found[1] .. '-' .. (found[2] or '') == fence",
        "found[1] == string.match(fence, '^%d+')",
        FENCES,
    ),
    of_script(
        "a released attempt's number comes back", "release", "'released', 1)", "'attempts', -1)", CLAIMING
    ),
    of_script(
        "attempts that were released before a replay are given again",
        "common",
        "  redis.call('HDEL', KEY.event .. id, 'released')\n",
        "",
        CLAIMING,
    ),
    of_script(
        "a repeat after a lost worker is not said to be one",
        "claim",
        "  redis.call('HINCRBY', key, 'interrupted', 1)\n",
        "",
        CLAIMING,
    ),
    of_script(
        "a result counts whoever offers it",
        "common",
        "found[1] and found[1] .. '-' .. (found[2] or '') == fence",
        "found[1]",
        RESULTS,
    ),
    of_script(
        "a result counts for an event that does not run",
        "common",
        "found and found[3] == 'running'",
        "found",
        ALL,
    ),
    of_script(
        "a result that is offered again is refused",
        "common",
        "return found ~= nil and found[3] == state",
        "return false",
        RESULTS,
    ),
    of_script(
        "another worker's result is taken for one's own",
        "common",
        "local found = by_fence(id, fence)\n",
        "local found = redis.call('HMGET', KEY.event .. id, 'fence', 'token', 'state')\n",
        (*RESULTS, *CLAIMING, *LIFECYCLE),
    ),
    of_script(
        "an event stays in the list of its former state",
        "common",
        "    redis.call('ZREM', list_of(id, from), id)\n",
        "",
        LIFECYCLE,
    ),
    of_script(
        "an ended event stays due", "common", "  redis.call('ZREM', KEY.due, id)\n", "", SWEEPING + RESULTS
    ),
    of_script(
        "an ended event is kept without end",
        "common",
        "  redis.call('ZADD', KEY.retire, whole(now + keep_ms), id)\n",
        "",
        SWEEPING,
    ),
    of_script(
        "an id is forgotten with its event", "common", "math.max(keep_ms, key_ms)", "keep_ms", SWEEPING
    ),
    of_script(
        "a replayed event is retired on its former date",
        "common",
        "  redis.call('ZREM', KEY.retire, id)\n",
        "",
        ALL,
    ),
    of_script("a replayed event gets no hint", "common", "if message ~= '' then", "if false then", ALL),
    of_script("a replayed event is never due", "common", "  due_at(id, now + grace_ms)\n", "", ALL),
    of_script("a long error is lost", "common", "long[name] = value or nil", "long[name] = nil", ALL),
    of_script(
        "times are written as floats",
        "common",
        "string.format('%.0f', number)",
        "number",
        RESULTS,
        reason="servers of today write numbers of this size as whole digits by themselves",
    ),
    of_script(
        "a handler's outcome is kept for a worker that lost the event",
        "record",
        "if not held(ARGV[1], ARGV[2]) then",
        "if false then",
        RESULTS,
    ),
    of_script(
        "a success leaves the event running",
        "finish",
        "set_state(id, 'running', state, event.received_at)\n",
        "",
        RESULTS,
    ),
    of_script(
        "handlers' outcomes are lost with a success", "finish", ", unpack(ARGV, ", ", unpack({}, ", RESULTS
    ),
    of_script(
        "handlers' outcomes are lost with a failure", "fail", ", unpack(ARGV, ", ", unpack({}, ", RESULTS
    ),
    of_script("a failed event is never due", "fail", "  due_at(id, at)\n", "", (*RESULTS, *SWEEPING)),
    of_script("a failed event does not wait", "fail", "now + tonumber(ARGV[4])", "now", ALL),
    of_script(
        "a worker gives back what another holds",
        "release",
        "held(ARGV[1], ARGV[2])",
        "held(ARGV[1], table.concat(redis.call('HMGET', KEY.event .. ARGV[1], 'fence', 'token'), '-'))",
        (*LIFECYCLE, *RESULTS, *CLAIMING),
    ),
    of_script(
        "a dead event's content is replaced by another attempt's",
        "shrink",
        "by_fence(ARGV[1], ARGV[2], 'size')",
        "redis.call('HMGET', KEY.event .. ARGV[1], 'fence', 'token', 'state', 'size')",
        ("tests/store/test_shrinking.py",),
    ),
)

NEXT = (
    of_script(
        "the hint of the next event is left", "next", "    redis.call('RPOP', KEY.queue)\n", "", GOING_ON
    ),
    of_script(
        "a worker goes on with an event that may have killed one",
        "next",
        "(event.used >= fewest_attempts or event.state == 'running')",
        "(event.used >= fewest_attempts)",
        GOING_ON,
    ),
    of_script(
        "a worker goes on with an event that is to be buried",
        "next",
        "(event.used >= fewest_attempts or event.state == 'running')",
        "(event.state == 'running')",
        GOING_ON,
    ),
    of_script(
        "a message that is not ours is removed",
        "next",
        "    if not id then\n",
        "    if not id then\n      redis.call('RPOP', KEY.queue)\n",
        GOING_ON,
    ),
)

MUTANTS = (*RESULT, *NEXT)
