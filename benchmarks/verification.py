"""What verifying costs beyond the hash itself, for every preset that is plain HMAC over 1 KB.

Run it on a quiet machine: `python -m benchmarks.verification`.
"""

from __future__ import annotations

import hmac
import json
import subprocess
import sys
from collections.abc import Callable
from timeit import repeat

from rich.console import Console
from rich.table import Table

from tests.signatures.credentials import NOW, credentials
from webhooks.event import Delivery
from webhooks.providers.catalog import PROVIDERS
from webhooks.providers.samples import sample
from webhooks.signatures import sign
from webhooks.signatures.keyed import Keyed
from webhooks.signatures.scheme import Scheme

CALLS = 2000
ROUNDS = 5
SIZE = 1024
URL = "https://hooks.example.com/webhooks/in"


def microseconds(call: Callable[[], object]) -> float:
    """Return the best of several rounds: what else the machine does only ever adds."""
    return min(repeat(call, number=CALLS, repeat=ROUNDS)) / CALLS * 1e6


def plain_hmac(scheme: Scheme) -> bool:
    """Return whether a preset is one value of the HMAC family over the body as it came.

    Linear is none: its time is inside the body, which has to be parsed for it.
    """
    if not (isinstance(scheme, Keyed) and isinstance(scheme.signed, str) and "{body}" in scheme.signed):
        return False
    return scheme.timestamp is None or scheme.timestamp.place is None


def padded(delivery: Delivery) -> Delivery:
    """Return a sample whose JSON was brought to 1 KB."""
    document = json.loads(delivery.body)
    if isinstance(document, dict):
        document["pad"] = "x" * max(0, SIZE - len(delivery.body) - len(', "pad": ""'))
    return delivery._replace(body=json.dumps(document).encode())


def measure(name: str) -> float:
    """Return the microseconds of `verify` beyond those of its hash."""
    given, provider = credentials(name), PROVIDERS[name]
    plain = padded(sample(provider, url=URL, event_id="evt_1", now=NOW))
    delivery = sign(name, plain, given.signing, now=NOW, options=given.sign_options)
    scheme = provider.scheme

    def verify() -> object:
        return scheme.verify(delivery, given.secrets, now=NOW, options=given.options)

    def only_hash() -> object:
        return hmac.digest(b"k" * 32, delivery.body, "sha256")

    verify()
    return microseconds(verify) - microseconds(only_hash)


CATALOGUE = """
import webhooks.signatures.keyed, webhooks.providers.preset
from time import perf_counter
begun = perf_counter()
from webhooks.providers.catalog import PROVIDERS
PROVIDERS["stripe"], PROVIDERS["github"]
print((perf_counter() - begun) * 1000)
"""
"""What a receiver of two providers loads of the catalogue, timed in a fresh interpreter."""


def catalogue_milliseconds() -> float:
    """Return the least time that the catalogue adds to a start."""
    command = [sys.executable, "-c", CATALOGUE]
    runs = [subprocess.run(command, check=True, capture_output=True, text=True) for _ in range(ROUNDS)]
    return min(float(run.stdout) for run in runs)


def main() -> None:
    """Measure and print."""
    rows = sorted(
        ((measure(name), name) for name in PROVIDERS if plain_hmac(PROVIDERS[name].scheme)), reverse=True
    )
    table = Table(box=None)
    table.add_column("preset")
    table.add_column("µs beyond the hash", justify="right")
    for cost, name in rows:
        table.add_row(name, f"{cost:.1f}")
    console = Console()
    console.print(table)
    console.print(f"{len(rows)} presets, the slowest {rows[0][0]:.1f} µs")
    console.print(f"the catalogue adds {catalogue_milliseconds():.1f} ms to the start")


if __name__ == "__main__":
    main()
