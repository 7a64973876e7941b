"""Taking the power away: what was not synced is gone. And a disk on which syncs fail."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

SHIM = Path(__file__).with_name("power.c")


class NoCompiler(Exception):
    """There is no C compiler here."""


def build(folder: Path) -> Path:
    """Compile the shim into a folder; return what LD_PRELOAD is set to.

    Raises:
        NoCompiler: there is none, and these experiments cannot run.
    """
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        msg = "no C compiler (cc) was found: install one (gcc) to take the power away"
        raise NoCompiler(msg)
    target = folder / "power.so"
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-O1", "-Wall", "-o", str(target), str(SHIM), "-ldl"], check=True
    )
    return target


def failing(shim: Path, below: Path, flag: Path) -> dict[str, str]:
    """Return the environment of a process whose disk below a directory can be made to fail.

    It fails for as long as `flag` exists: its syncs (EIO) where that says `sync`, its writes (ENOSPC)
    where it says `write`.
    """
    return {"LD_PRELOAD": str(shim), "CHAOS_FAIL_BELOW": str(below), "CHAOS_FAIL_FLAG": str(flag)}


def lose(store: Path) -> int:
    """Cut each append-only file of a killed server to what was synced; return the bytes lost.

    A file that was never synced is left empty.
    """
    gone = 0
    for file in store.rglob("*.aof"):
        note = file.with_name(file.name + ".synced")
        kept = int(note.read_text(encoding="ascii")) if note.exists() else 0
        size = file.stat().st_size
        if size > kept:
            os.truncate(file, kept)
            gone += size - kept
    return gone
