"""All experiments, in the order of their names, with the rounds that are published."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from tests.chaos.experiments import (
    alone,
    backlog,
    frozen,
    garbage,
    hostile,
    kills,
    network,
    onlookers,
    points,
    poisoning,
    repeats,
    replica,
    running,
    spool_disk,
    spool_full,
    store,
)
from tests.chaos.experiments.common import Tell
from tests.chaos.result import Result


@dataclass(frozen=True, slots=True)
class Experiment:
    """One experiment: its name, the rounds that are published, what runs it, and what it shows."""

    name: str
    rounds: int
    run: Callable[[int, Tell], Result]
    about: str

    def matches(self, wanted: str) -> bool:
        """Whether it is meant: `F2` means both of its variants, and `plain` all that are compared."""
        name, wanted = self.name.lower(), wanted.lower()
        plain = name.endswith(" plain")
        return wanted == name or (plain and wanted == "plain") or (not plain and name.split()[0] == wanted)


EXPERIMENTS = (
    Experiment(
        "F1",
        100,
        kills.kill_workers,
        "A worker's parent and children are killed at random, one of two workers each time, under load. "
        "Where the machine kills them faster than it starts them, events pile up, and the overdue one waited "
        "for a worker at all:",
    ),
    Experiment("F2 SIGTERM", 100, kills.stop_workers, "One of two workers is told to stop while it works:"),
    Experiment(
        "F2 SIGQUIT",
        100,
        kills.stop_workers_cold,
        "The same with REMAP_SIGTERM=SIGQUIT, Celery's cold stop:",
    ),
    Experiment(
        "F2 long",
        20,
        kills.stop_long_handlers,
        "Handlers last up to six times the grace, so that most are interrupted, some after their effect:",
    ),
    *(
        Experiment(f"F3 {point}", 20, points.die_at(point), "Whoever comes to this point first dies there:")
        for point in (*points.WORKER, *points.WEB, *points.SPOOL)
    ),
    Experiment(
        "F4",
        100,
        kills.kill_store,
        "Redis is killed and started again; what comes meanwhile goes to the spool. This says nothing of "
        "fsync, since the kernel keeps what a killed process has written:",
    ),
    Experiment(
        "F5",
        30,
        store.lose_power,
        "Redis is killed and its file cut to what had been synced, as after a power loss; torn or reordered "
        "sectors are not modelled:",
    ),
    Experiment("F5 everysec", 10, store.lose_power_everysec, "It must lose, or the laboratory sees nothing:"),
    Experiment("F6", 60, store.hang, "Redis is stopped by SIGSTOP: it takes connections and never answers:"),
    Experiment("F7", 600, store.refuse, "Redis is not there:"),
    Experiment("F8", 10, store.fill_memory, "`maxmemory` is set below what is used, under load:"),
    Experiment(
        "F9",
        5,
        store.fill_disk,
        "The file system of the append-only file is filled under load; the server ends or refuses:",
    ),
    Experiment(
        "F10",
        10,
        spool_disk.fail_spool,
        "In turns each fsync of the spool's disk fails with EIO and each write with ENOSPC; the store comes "
        "back while it still fails, so that what is drained cannot be removed:",
    ),
    Experiment(
        "F10 full",
        10,
        spool_full.fill_own_disk,
        "A disk of its own, which the spool fills up to its reserve and other files to the last byte; "
        "nothing is freed before all is drained, and every other receiver is killed on the full disk:",
    ),
    Experiment(
        "F11",
        5,
        replica.fail_over,
        "What a failover costs; Hookline promises one server with fsync, and sends no WAIT:",
    ),
    Experiment(
        "F11 min-replicas",
        5,
        replica.fail_over_guarded,
        "The loss ends when the primary notices that its replica is silent, a second or two after the cut:",
    ),
    Experiment("F18 slow", 60, network.slow, "Later than the receiver waits (0.25 s):"),
    Experiment("F18 hole", 60, network.hole, "Connections are taken and nothing is ever answered:"),
    Experiment("F18 reset", 30, network.reset, "By RST, after half of a command:"),
    Experiment("F18 reply", 30, network.reply, "The store has done it, and whoever asked cannot know that:"),
    Experiment("F18 slices", 10, network.slices, "Nothing may notice:"),
    Experiment("F18 slow unspooled", 60, network.slow_unspooled, "How soon the 503 comes:"),
    Experiment("F18 hole unspooled", 60, network.hole_unspooled, "How soon the 503 comes:"),
    Experiment("F18 refused unspooled", 60, network.refused_unspooled, "How soon the 503 comes:"),
    Experiment(
        "F12",
        200,
        repeats.same_delivery,
        "Each id is posted by 16 connections at once, again when it is done, and again after Redis and a "
        "worker were killed; a round is one id:",
    ),
    Experiment(
        "F13",
        2,
        poisoning.poison_handlers,
        "Handlers that exit, are killed, crash, starve, hang, hang and hear nothing, freeze with their lease "
        "keeper, raise what cannot be pickled or printed, and nest too deep:",
    ),
    Experiment(
        "F14",
        5,
        garbage.garbage,
        "Celery ends a worker for some of it; each entry is gone afterwards, and no event with it:",
    ),
    Experiment(
        "F15",
        3,
        repeats.delete_queue,
        "Events are admitted while no worker runs; when the first are done, the messages are deleted:",
    ),
    Experiment(
        "F16",
        60,
        repeats.wrong_clock,
        "Celery gives out again what the other worker holds, since by the wrong clock it is long overdue:",
    ),
    Experiment(
        "F17",
        10,
        repeats.renamed_task,
        "A rolling deploy; Celery discards a message whose task it does not know:",
    ),
    Experiment(
        "F19",
        10,
        hostile.wrong_requests,
        "Truncated, smuggled, endless and garbled requests over raw sockets against the receiver alone:",
    ),
    Experiment(
        "F20",
        10,
        onlookers.silent_onlookers,
        "Of two equal stages one reports failures to a socket that never answers and has a Flower that was "
        "stopped while it ran; both drain the same, by turns:",
    ),
    Experiment(
        "F21",
        1000,
        backlog.large_backlog,
        "Admission puts messages up to its own limit and leaves the rest to the sweeper, so all that were "
        "ever put are counted; the events come past the receiver, and nobody waited an hour:",
    ),
    Experiment(
        "F22",
        10,
        frozen.thaw,
        "A process stops in a handler for longer than its lease; when it goes on, the handler fails or works "
        "on, and neither may change what another process did:",
    ),
    Experiment("F23 worker's parent", 20, alone.celery_parent, "Its children are left behind:"),
    Experiment("F23 worker's child", 20, alone.celery_child, "Its parent and siblings live on:"),
    Experiment(
        "F23 receiver's parent", 20, alone.gunicorn_parent, "Its children are left behind, with the port:"
    ),
    Experiment("F23 receiver's child", 20, alone.gunicorn_child, "Its parent lives on:"),
    Experiment(
        "F24",
        25,
        running.kill_up,
        "Receiver, worker, Flower, embedded store and `hookline up` itself, in turns:",
    ),
    Experiment("F1 plain", 100, partial(kills.kill_workers, plain=True), "As F1:"),
    Experiment("F2 SIGTERM plain", 100, partial(kills.stop_workers, plain=True), "As F2:"),
    Experiment("F2 SIGQUIT plain", 100, partial(kills.stop_workers_cold, plain=True), "As F2:"),
    Experiment("F4 plain", 100, partial(kills.kill_store, plain=True), "As F4:"),
)
