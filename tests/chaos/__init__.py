"""The fault laboratory: real processes, real faults, and a count of what was lost and what ran twice.

`python -m tests.chaos` (or `make chaos`) runs the experiments and writes docs/reliability.md.

- `stage.py` sets the stage: a Valkey, a receiver and workers, started again when they end, as a
  supervisor in production does; `up.py` has `hookline up` set it.
- `proxy.py` stands between all processes and the store, and `wire.py` is its process; `power.c` and
  `power.py` take the power away and let disks fail.
- `load.py` posts signed events over kept connections, comes back with what was not acknowledged, as
  a provider does, and remembers each id whose 2xx it has read.
- `handlers.py` is what the workers run: one line in an fsynced ledger for each effect.
- `judge.py` compares the two: acknowledged without effect is lost, another content than was posted
  is wrong (`content.py`), and a repeated effect is a double unless `faults.py` knows what was done to
  its process while it had the event in hand. The product's own record of an event is never asked.
- `points.py` with `entry_web.py` and `entry_worker.py` kill a process at a named point. The code
  that runs in production knows nothing of them.
- `experiments/` holds a file for each kind of fault, `plain/` the same receiver as most people write it.
"""
