"""`python -m workers`: a worker with the options that the configuration asks for."""

from __future__ import annotations

import sys

from workers.app import app
from workers.environment import ignore_options
from workers.watch import Watch


def main() -> None:
    """Run until told to stop, or deaf."""
    ignore_options()
    app.worker_main(["--quiet", "worker", "--without-gossip", "--without-mingle"])
    # Celery drops the code with which its worker ends.
    sys.exit(Watch.exit_code)


if __name__ == "__main__":
    main()
