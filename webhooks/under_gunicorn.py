"""`python -m webhooks.under_gunicorn`: the receiver under gunicorn, as the `Procfile` starts it."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run until SIGTERM."""
    # gunicorn asks for the current directory when it is imported, and strips a blank at its end.
    os.environ["PWD"] = "."  # noqa: S105 - no password
    from gunicorn.app.wsgiapp import run  # noqa: PLC0415

    sys.argv[1:] = ["-c", "python:webhooks.server", "webhooks.wsgi:app"]
    run(prog="gunicorn")


if __name__ == "__main__":
    main()
