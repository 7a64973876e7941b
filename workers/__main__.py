"""`python -m workers`: a worker with the options that the configuration asks for."""

from __future__ import annotations

from workers.app import app


def main() -> None:
    """Run until told to stop."""
    app.worker_main(["--quiet", "worker", "--without-gossip", "--without-mingle"])


if __name__ == "__main__":
    main()
