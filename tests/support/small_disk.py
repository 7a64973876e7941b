"""A disk of a few MiB of its own: a real file system, which is really full when it is full."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class NoDisk(Exception):
    """This user, or this machine, cannot mount one."""


@contextmanager
def small_disk(folder: Path, *, mib: int, block: int = 4096) -> Iterator[Path]:
    """Mount an ext4 image of `mib` MiB, in blocks of `block` bytes, in a folder; yield where it is.

    Raises:
        NoDisk: this needs root, loop devices and mkfs.ext4.
    """
    image, point = folder / "image", folder / "disk"
    with image.open("wb") as file:
        file.truncate(mib << 20)
    point.mkdir()
    _run("mkfs.ext4", "-q", "-F", "-m", "0", "-b", str(block), "-O", "^has_journal", str(image))
    _run("mount", "-o", "loop", str(image), str(point))
    try:
        yield point
    finally:
        # A thread of this process may still have a file open there.
        subprocess.run(["umount", "--lazy", str(point)], check=False)


def fill_up(directory: Path) -> Path:
    """Take every byte that is free on the disk of a directory; return the file to delete afterwards."""
    filler = directory / "filler"
    handle = os.open(filler, os.O_CREAT | os.O_WRONLY)
    try:
        for size in (65_536, 4096, 1):
            try:
                while True:
                    os.write(handle, b"x" * size)
            except OSError:
                continue
    finally:
        os.close(handle)
    return filler


def _run(*command: str) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        msg = f"no disk of its own: {error}"
        raise NoDisk(msg) from error
