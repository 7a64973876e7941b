"""What the page says around its tables; braces are filled in from what was measured."""

from __future__ import annotations

HEAD = """\
# Performance, measured

Written by `make bench`; `docs/performance.json` has the same figures for programs. Rates depend on the
machine and on what else it does; the ratios are of one run, in which the receivers take turns. The store is
a Valkey with jemalloc, as its makers build it for Linux, wherever the versions below name one.
"""
ACKNOWLEDGING = """\
## Acknowledging

Each receiver does the same work for each event, with the same durability: it checks Stripe's signature over
the raw body of 1 KB, takes an id once, stores the body and queues a task, in a Valkey with `appendonly yes`
and `appendfsync always`, and then answers 200. Hookline runs as it is shipped: indexes, metrics, JSON logs,
the spool armed. The others keep no index, count nothing and write no log. The last row stores nothing: it is
what could at most be reached under this server. The append-only file is rewritten when
`deploy/redis/redis.conf` says so, from 512 MB on, which no receiver reaches within its turn.

The receiver has one process and a core to itself (`taskset`); Valkey and the load, wrk with {connections}
connections, have the others. Each turn starts a fresh store and receiver, warms up for {warmup} s
and is then measured for {seconds} s. The receivers take turns in {rounds} rounds, and the figures are the
medians of these.

A virtual machine's host may take a core away to run something else, which `/proc/stat` tells afterwards.
Where it took more than {undisturbed:.0%} of a core's time, the turn was repeated, up to {tries} times in
all, and where none was quiet enough, the quietest counts. For that reason {again} turns do not count here.

- **acks/s**: events answered with 2xx in a second; **rounds**: the lowest and the highest.
- **Hookline is**: its rate by this one's; **by CPU**: this one's processor time for an event by its own.
- **p50** to **p99.9**: how long answers took at that rate.
- **CPU µs**: processor time of the receiver for each event; **core**: how much of its core it used. Where
  that is not nearly all, other work ran on the machine, and the ratio by CPU says more than the one by rate.
- **host took**: the share of a core's time that was taken away, of the core that lost more.
- **errors**: answers that were not 2xx, and connections that broke.
- **stored**: events found in the store afterwards, of those acknowledged. Each of these must be there with
  its task, or the run fails; the few more were under way when the load ended.
"""
LATENCY = """\
## Latency

Requests at a fixed rate, a share of Hookline's highest in the table above, from an open loop
(`benchmarks/steady.py`) that sends whether or not earlier ones have been answered. Each has a moment at
which it is due, and its wait counts from there to the end of its answer, also where the sender itself was
late. The times are of answers with 2xx, and each event that was so answered was found in the store by its
id. There are at most {senders:,} connections, half as many as Hookline takes at once. Each load is offered in
{rounds} rounds, in turns: events are the sums of these, percentiles the medians, and the longest wait is that
of the turns that count.

Where the host takes a core away, a receiver at half its rate catches up for about as long as it was held up.
So where it took more than {undisturbed:.1%} of a core's time, the slowest hundredth of the answers are those
that it made wait, and the turn was repeated, up to {tries} times in all; where none was quiet enough, the
quietest counts. The second table has every turn, also those that do not count.

- **no rewrite**: the store's append-only file is not rewritten here, since `deploy/redis/redis.conf`
  begins with that at 512 MB. In the other rows it is, from 64 MB on and whenever the file has doubled, by a
  process of its own, which has no core here but the one that the store and the load are on.
- **held back**: never sent, because every connection waited for an answer.
- **unanswered**: the connection ended without an answer, so that the provider would send again.
- **longest once sent**: the longest wait from the moment at which the request was written, or its
  connection begun.
"""

HOSTILE = """\
## Under attack

Honest deliveries of Stripe at a fixed rate, {share:.0%} of the highest in the first table, from the open loop
of the latencies, while others send unwanted requests as fast as these are answered. Each case has a fresh
store and receiver and {seconds} s, {rounds} times. The receiver has one process and a core to itself. A
certificate that does not exist is answered for PayPal after 50 ms, in the receiver's own process.

- **gzip bombs**: 4 connections; bodies of 16 KB that inflate to 16 MiB, for a source that takes gzip.
- **floods**: 16 connections; small deliveries for another source, wrongly signed or as they must be.
- **invented keys**: 4 connections; each delivery names another certificate, which has to be fetched first.
- **of alone**: events acknowledged, by those of the same round without an attack.
- **refused**, **unanswered**, **held back**: what became of the other honest deliveries, as above.
"""

LIGHT = """\
## Memory and start

What the processes have in memory once {events:,} events have been received and handled, with one web process
and a worker of {pool} pool processes. **Unique** memory is what ending the process would free,
**proportional** has its share of what it has in common with others, and **resident** counts that in full.
"""
START = """\
From exec to its first answer a receiver takes **{median:,.0f} ms**, the median of {starts} starts, and
{first:,.0f} ms at the fastest: what else runs on the machine only adds to it. It has a core to itself; who
asks until it answers is on another. The imports are its parts, in this order, each the fastest of as many
processes that import what stands before it too; the rest is gunicorn's fork, the application, and the loop.
"""

PROCESSING = """\
## Processing

What the way to a handler and back costs, where the handler does nothing. Hookline's worker runs as it is
shipped: for each event a lease and a fence, the handler, the result and the indexes in one step, a JSON log
line, and Flower told. Celery runs an empty task with the same settings (`acks_late`, events for Flower on),
no log lines and no new process after a thousand messages; its message carries an id and nothing else is read
or written. BullMQ runs an empty processor over jobs that hold a body as large, one at a time and 16 at once
in its one process.

Each worker has one process for events and a core to itself, with the process that feeds it; the Valkey,
synced at each write, has the others. All events wait in the queue before it starts. It warms up for {warmup}
events and is then measured for {seconds} s; the workers take turns in {rounds} rounds, and the figures are
the medians of these.

- **events/s**: done in a second; **rounds**: the lowest and the highest.
- **Hookline is**: its rate by this one's; **by CPU**: this one's processor time for an event by its own.
- **CPU µs**: processor time of the worker for each event, of all its processes; **core**: how much of its
  core it used. Where that is not nearly all, it waited for the store's disk or for other work on the machine,
  and the ratio by CPU says more than the one by rate.
- **found**: events that were done or waited after the worker had been stopped, of those that it was given.
  It must be all of them, or the run fails; one more for each round was done and put back when it was stopped.
"""

GROWTH = """\
## Growth

What one step of the store costs with few and with many events in it, half of which have succeeded and half
are dead, each with a body of 1 KB of JSON and Stripe's headers. The Valkey of each size keeps nothing on the
disk, so that only the work is seen, client and round trips included. They take turns in {rounds} rounds, of
which the figures are the medians; in brackets, how much more a step takes than in the smallest store in the
same round, likewise the median of all.

- **admit**, **process**: one event; the second is claim and finish. {each} in each round, one by one.
- **sweep**: one round that finds {each} events due and hints them.
- **list**: the first 50 events, of all sources and states.
- **replay**: 1,000 dead events, as `hookline replay --dead` does it.
"""
