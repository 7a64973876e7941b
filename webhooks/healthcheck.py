"""`python -m webhooks.healthcheck`: is the receiver of this container alive; exit 0 when it is, else 1."""

from __future__ import annotations

import sys
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

from webhooks.config import load_settings
from webhooks.config.addresses import local_url
from webhooks.errors import Misconfigured

TIMEOUT = 2.0
"""Seconds that the receiver has to answer."""


def main() -> None:
    """Ask the receiver that this configuration starts, directly: no proxy of the environment is used."""
    try:
        settings = load_settings(secrets=False)
    except Misconfigured as error:
        sys.exit(f"hookline: {error}")
    url = urlsplit(local_url(settings.web.host, settings.web.port))
    connection = HTTPConnection(url.hostname or "", url.port, timeout=TIMEOUT)
    try:
        connection.request("GET", "/livez")
        status = connection.getresponse().status
    except (OSError, HTTPException) as error:
        sys.exit(f"hookline: nothing answers at {url.netloc} ({type(error).__name__})")
    finally:
        connection.close()
    if status != 200:  # noqa: PLR2004 - HTTP's own number
        sys.exit(f"hookline: {url.netloc}/livez answers {status}")


if __name__ == "__main__":
    main()
