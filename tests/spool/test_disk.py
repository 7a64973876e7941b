"""Whether a directory is on a disk is read from the kernel's own table."""

from __future__ import annotations

from pathlib import Path

import pytest

from webhooks.spool.disk import in_memory

TABLE = """\
22 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw
30 22 0:26 / /run rw,nosuid - tmpfs tmpfs rw
31 30 8:2 / /run/my\\040disk rw - xfs /dev/sdb rw
32 22 0:27 / /data rw - ext4 /dev/sdc rw
33 32 0:28 / /data rw - tmpfs tmpfs rw
broken line
"""


@pytest.mark.parametrize(
    ("directory", "kind"),
    [("/var/lib", None), ("/run/spool", "tmpfs"), ("/run/my disk/spool", None), ("/data/spool", "tmpfs")],
)
def test_the_mount_nearest_above_counts_and_of_two_the_one_on_top(
    directory: str, kind: str | None, tmp_path: Path
) -> None:
    table = tmp_path / "mountinfo"
    table.write_text(TABLE)
    assert in_memory(Path(directory), mounts=table) == kind


def test_without_such_a_table_nothing_is_known(tmp_path: Path) -> None:
    assert in_memory(Path("/dev/shm"), mounts=tmp_path / "none") is None
