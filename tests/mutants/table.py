"""Every mutant, in the order of an event's way."""

from __future__ import annotations

from tests.mutants import receiving, results, scripts, spooling, store, working

MUTANTS = (
    *receiving.MUTANTS,
    *store.MUTANTS,
    *scripts.MUTANTS,
    *results.MUTANTS,
    *spooling.MUTANTS,
    *working.MUTANTS,
)
