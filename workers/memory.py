"""A limit for the memory of a worker process, so that a greedy handler fails and nothing else does."""

from __future__ import annotations

import resource


def limit_memory(size: int | None) -> None:
    """Let this process hold at most `size` bytes of data; no limit when None.

    Beyond it an allocation fails with `MemoryError` in the handler that made it, where the kernel
    would otherwise choose whom to kill on the whole machine. RLIMIT_DATA counts what is private and
    writable (setrlimit(2), since Linux 4.7), so mapped files and libraries are free.
    """
    if size is not None:
        resource.setrlimit(resource.RLIMIT_DATA, (size, size))
