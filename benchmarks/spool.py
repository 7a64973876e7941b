"""What a durable record costs: SQLite as the spool has it, against a bare append with fdatasync.

Run it on the disk in question: `python -m benchmarks.spool [directory]`.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import quantiles

from rich.console import Console
from rich.table import Table

from tests.spool.records import spooled
from webhooks.spool.file import SpoolFile
from webhooks.spool.record import to_row
from webhooks.spool.spool import Spool

RECORDS = 1000
THREADS = 16
RECORD = spooled("evt_1", body=b"x" * 1024)


def seconds(call: Callable[[], object]) -> float:
    """Return what one call took."""
    before = time.perf_counter()
    call()
    return time.perf_counter() - before


def append(folder: Path) -> list[float]:
    """Time records written to a plain file and synced one by one."""
    handle = os.open(folder / "log", os.O_CREAT | os.O_APPEND | os.O_WRONLY)

    def write() -> None:
        head, bodies = to_row(RECORD)
        os.write(handle, head.encode() + bodies)
        os.fdatasync(handle)

    return [seconds(write) for _ in range(RECORDS)]


def commit(folder: Path) -> list[float]:
    """Time records committed one by one."""
    file = SpoolFile(folder, max_bytes=2**30)
    return [seconds(lambda: file.append([(1.0, *to_row(RECORD))])) for _ in range(RECORDS)]


def share(folder: Path) -> list[float]:
    """Time records that many threads put at once, which share a sync."""
    spool = Spool(folder, max_bytes=2**30)
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(lambda _: seconds(lambda: spool.put(RECORD)), range(RECORDS)))


def main() -> None:
    """Print a line for each way."""
    where = sys.argv[1] if len(sys.argv) > 1 else "."
    table = Table("way", "p50 ms", "p99 ms", "records/s", box=None)
    ways = {"append and fdatasync": append, "SQLite, one by one": commit, f"spool, {THREADS} threads": share}
    for name, way in ways.items():
        with tempfile.TemporaryDirectory(dir=where) as folder:
            before = time.perf_counter()
            times = way(Path(folder))
            rate = RECORDS / (time.perf_counter() - before)
            cuts = quantiles(times, n=100)
            table.add_row(name, f"{cuts[49] * 1000:.2f}", f"{cuts[98] * 1000:.2f}", f"{rate:,.0f}")
    Console().print(table)


if __name__ == "__main__":
    main()
