"""The family of errors, one branch for each party that must act.

`Rejected` is the sender's fault, `Misconfigured` the operator's, `Unavailable` nobody's for
now. Each word in `REJECTIONS` is at once the `code` of the HTTP answer, the metric's label and
the log field, so a new one is added here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

REJECTIONS: Mapping[str, int] = MappingProxyType(
    {
        "signature_missing": 401,
        "signature_malformed": 401,
        "signature_mismatch": 401,
        "timestamp_missing": 401,
        "timestamp_malformed": 401,
        "timestamp_stale": 401,
        "timestamp_future": 401,
        "key_untrusted": 401,
        "handshake_refused": 403,
        "body_truncated": 400,
        "request_unreadable": 400,
        "source_unknown": 404,
        "path_unknown": 404,
        "method_not_allowed": 405,
        "request_timeout": 408,
        "body_too_large": 413,
        "uri_too_long": 414,
        "encoding_unsupported": 415,
        "expectation_failed": 417,
        "headers_too_large": 431,
        "transfer_coding_unsupported": 501,
    }
)
"""Every way to refuse a request, with the HTTP status that answers it."""


class HooklineError(Exception):
    """The root of all errors that Hookline raises on purpose."""


class Rejected(HooklineError):
    """The sender's fault: answered with a 4xx, counted, never sent to Sentry.

    Attributes:
        code: a key of `REJECTIONS`.
        message: one sentence for the sender; never a secret, an expected signature or a body.
    """

    def __init__(self, code: str, message: str) -> None:
        """Raise `KeyError` when `code` is not in `REJECTIONS`."""
        self.status = REJECTIONS[code]
        self.code = code
        self.message = message
        super().__init__(f"{code}: {message}")


class Misconfigured(HooklineError):
    """The operator's fault: the process does not start.

    Attributes:
        faults: every fault found, each naming the key and what would be right.
    """

    def __init__(self, faults: Iterable[str]) -> None:
        """Keep all faults, so that one start tells them all."""
        self.faults = tuple(faults)
        count = len(self.faults)
        head = "1 fault" if count == 1 else f"{count} faults"
        super().__init__(f"{head} in the configuration:\n" + "\n".join(f"  - {f}" for f in self.faults))


RETRY_AFTER = 5
"""Seconds after which it is worth trying again what is away."""


class Unavailable(HooklineError):
    """Nobody's fault, for now: answered with 503 and `Retry-After`, so that the sender returns.

    Attributes:
        retry_after: seconds after which it is worth trying again.
    """

    def __init__(self, message: str, *, retry_after: int = RETRY_AFTER) -> None:
        """Say what is away; `retry_after` is in whole seconds, as the HTTP header wants it."""
        self.retry_after = retry_after
        super().__init__(message)
