"""A worker process that may hold so much, and no more."""

from __future__ import annotations

import subprocess
import sys

GREEDY = """
from workers.memory import limit_memory
limit_memory({limit})
try:
    held = bytearray(400 * 2**20)
except MemoryError:
    print("MemoryError")
else:
    print("held")
"""


def greedy(limit: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", GREEDY.format(limit=limit)], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_what_goes_beyond_the_limit_is_a_memory_error_and_the_process_lives() -> None:
    assert greedy("200 * 2**20") == "MemoryError"


def test_without_a_limit_there_is_none() -> None:
    assert greedy("None") == "held"
