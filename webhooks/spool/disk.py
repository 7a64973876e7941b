"""Whether a directory is on a disk at all."""

from __future__ import annotations

from pathlib import Path

_MEMORY = ("tmpfs", "ramfs", "devtmpfs")
MOUNTS = Path("/proc/self/mountinfo")


def in_memory(directory: Path, *, mounts: Path = MOUNTS) -> str | None:
    """Return the kind of the file system when it lives in memory only; None when not, or unknown.

    `mounts` is in the form of proc(5), mountinfo; where there is none, nothing is known.
    """
    try:
        lines = mounts.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    found = ("", "")
    whole = directory.resolve()
    for line in lines:
        left, _, right = line.partition(" - ")
        fields, kinds = left.split(), right.split()
        if len(fields) > 4 and kinds:  # noqa: PLR2004 - the fifth field is the mount point
            point = _unescaped(fields[4])
            # The last of equals is on top of the others.
            if len(point) >= len(found[0]) and whole.is_relative_to(point):
                found = (point, kinds[0])
    return found[1] if found[1] in _MEMORY else None


def _unescaped(text: str) -> str:
    for code, char in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        text = text.replace(code, char)
    return text
