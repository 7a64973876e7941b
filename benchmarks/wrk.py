"""The closed loop: so many connections, each sending its next request as soon as it is answered.

That is wrk (github.com/wg/wrk), which is in Debian. What it sends was made before.
"""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from benchmarks.deliveries import Deliveries

_SCRIPT = Path(__file__).with_suffix(".lua")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What wrk saw.

    Attributes:
        seconds: how long it lasted.
        answers: responses, of any status.
        refused: of these, those of status 400 and above.
        broken: connections that could not be made, read or written, and answers that did not come.
        p50: seconds within which half of the answers came.
        p99: likewise 99 %.
        p999: likewise 99.9 %.
        used_up: whether the requests came to their end before the time did.
    """

    seconds: float
    answers: int
    refused: int
    broken: int
    p50: float
    p99: float
    p999: float
    used_up: bool

    @property
    def acknowledged(self) -> int:
        """Answers of 2xx."""
        return self.answers - self.refused

    @property
    def rate(self) -> float:
        """Acknowledged events a second."""
        return self.acknowledged / self.seconds


def hammer(
    port: int, deliveries: Deliveries, *, number: int, seconds: float, connections: int, folder: Path
) -> Answered:
    """Send for so many seconds, or until `number` requests are sent.

    Raises:
        subprocess.CalledProcessError: wrk failed.
    """
    path = folder / "requests"
    deliveries.write(path, number)
    length = path.stat().st_size // number
    command = [
        *("wrk", "--threads", "1", "--connections", str(connections), "--duration", f"{seconds:g}s"),
        *("--timeout", "10s", "--script", str(_SCRIPT), f"http://127.0.0.1:{port}"),
        *("--", str(path), str(length)),
    ]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    path.unlink()
    return Answered(**json.loads(output.splitlines()[-1]))
