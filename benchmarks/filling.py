"""Many events in little time: one is led to its state by the store's own scripts, and copied in the store."""

from __future__ import annotations

import hashlib

from benchmarks.race import Invalid
from tests.support.events import KEEP, NOW
from tests.support.life import fields_of, take
from webhooks.event import Event
from webhooks.lifecycle import State
from webhooks.store.admission import Arrival, admit
from webhooks.store.connection import Connection
from webhooks.store.keys import KEYS
from webhooks.store.processing import Keep, fail, finish, shrink
from webhooks.store.record import HandlerRecord
from webhooks.store.upkeep import retire

GONE = "gone"
"""What is said in place of a state of an event of which only the id is left."""

STATES = (State.QUEUED, State.SUCCEEDED, State.DEAD, GONE)

_STEP = 5000
"""Copies that are made in one script."""

_COPY = """
local function copied(prefix, from, to)
  redis.call('DEL', prefix .. to)
  if redis.call('EXISTS', prefix .. from) == 1 then
    redis.call('COPY', prefix .. from, prefix .. to)
  end
end
local from, first, number, start = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
for own = first, first + number - 1 do
  local id = string.format('stripe:evt_%024.0f', own)
  for position = 5, 7 do
    copied(ARGV[position], from, id)
  end
  redis.call('HSET', ARGV[5] .. id, 'received_at', string.format('%.0f', start + own))
  for position = 8, #ARGV do
    local score = redis.call('ZSCORE', ARGV[position], from)
    if position == 8 then
      score = string.format('%.0f', start + own)
    end
    redis.call('ZADD', ARGV[position], score, id)
  end
end
"""


def fill(store: Connection, template: Event, state: str, *, first: int, number: int) -> None:
    """Store events with the numbers from `first` on, as if each had come to `state` by itself.

    Raises:
        Invalid: a copy is not what the scripts make.
    """
    model = template._replace(id=f"stripe:evt_{'f' * 24}")
    _lead(store, model, state)
    lists = _lists(store, model.id)
    keys = [KEYS["event"], KEYS["content"], KEYS["long"], *lists]
    start = int(NOW * 1000)
    for done in range(0, number, _STEP):
        wanted = (first + done, min(_STEP, number - done), start)
        store.execute("EVAL", _COPY, 0, model.id, *wanted, *keys)
    own = f"stripe:evt_{first:024d}"
    made, copied = fields_of(store, model.id), fields_of(store, own)
    made[b"received_at"] = str(start + first).encode()
    if (copied, _lists(store, own)) != (made, lists):
        raise Invalid(f"a copy of an event that is {state} is not what the store makes")
    for key in keys[:3]:
        store.execute("DEL", key + model.id)
    for key in keys[3:]:
        store.execute("ZREM", key, model.id)
    store.execute("DEL", KEYS["queue"])


def used(store: Connection) -> int:
    """Return the bytes of memory that the server uses for what it keeps."""
    lines = store.execute("INFO", "memory").splitlines()
    return next(int(line.partition(b":")[2]) for line in lines if line.startswith(b"used_memory:"))


def _lists(store: Connection, event_id: str) -> list[str]:
    """Return the sorted sets in which an event stands, that of its state first."""
    states = [f"{KEYS['state']}stripe:{state}" for state in State]
    known = [*states, KEYS["due"], KEYS["retire"]]
    return [one for one in known if store.execute("ZSCORE", one, event_id) is not None]


def _lead(store: Connection, model: Event, state: str) -> None:
    """Bring an event to a state by the steps that any event takes."""
    digest = hashlib.sha256(model.body).hexdigest()
    arrival = Arrival(event=model, digest=digest, remember_body=False, body_fixed=False)
    admit(store, [arrival], key_retention=86_400.0, dead_retention=86_400.0)
    if state == State.QUEUED:
        return
    held = take(store, model.id)
    if state == State.DEAD:
        error = "HTTPError: 502 Server Error: Bad Gateway for url: https://api.example.com/v1/orders/123456"
        failed = HandlerRecord(name="shop.paid", state="failed", attempt=1, error=error)
        said = f"shop.paid: {error}"
        fail(store, model.id, held.fence, error=said, wait=None, handlers=(failed,), keep=KEEP)
        shrink(store, held)
        return
    done = HandlerRecord(name="shop.paid", state="succeeded", attempt=1)
    keep = Keep(event=0.0, key=86_400.0) if state == GONE else KEEP
    finish(store, model.id, held.fence, state=State.SUCCEEDED, handlers=(done,), keep=keep)
    if state == GONE:
        retire(store)
