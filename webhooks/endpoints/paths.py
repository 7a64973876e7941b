"""Which source a request is for: the one answer that the body's limit and the route both go by."""

from __future__ import annotations

PREFIX = "/webhooks/"
"""Where the path of a delivery begins; what follows is its source."""


def source_in(path: str) -> str | None:
    """Return the name that a path asks for, of any source or of none; None for every other path.

    The path is taken as it stands after one percent-decoding (RFC 3986 §6.2.2.2): nothing is merged, cut
    off or resolved, so that `//webhooks/stripe`, `/webhooks/stripe/` and `/./webhooks/stripe` name nothing.
    """
    if not path.startswith(PREFIX):
        return None
    name = path[len(PREFIX) :]
    return name if name and "/" not in name else None
