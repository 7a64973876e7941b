"""Inngest: the canonical JSON of the body (RFC 8785), then the time.

https://www.inngest.com/docs/platform/signing-keys
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

from webhooks.event import Delivery

_EXACT = 2**53


def inngest_texts(delivery: Delivery, stamp: str) -> tuple[bytes, ...]:
    """Return what Inngest may have signed; none for a body that is not JSON.

    RFC 8785 knows no whole numbers beyond 2**53, and its implementations differ there: numbers
    may be rounded as JavaScript does, or kept.
    """
    if not delivery.body:
        return (stamp.encode(),)
    try:
        document = json.loads(delivery.body, parse_constant=_refuse)
        texts = [canonical(document, number) for number in (_rounded, str)]
        return tuple(dict.fromkeys(text.encode() + stamp.encode("latin-1") for text in texts))
    except (ValueError, RecursionError, OverflowError):
        return ()


def canonical(value: Any, number: Callable[[int], str]) -> str:
    """Write a JSON value as RFC 8785 does; `number` writes whole numbers.

    Raises:
        ValueError: a number is not finite.
        RecursionError: the value is nested too deep.
    """
    if isinstance(value, dict):
        # Names are ordered by UTF-16 code units.
        names = sorted(value, key=lambda name: name.encode("utf-16-be", "surrogatepass"))
        return "{" + ",".join(f"{_string(name)}:{canonical(value[name], number)}" for name in names) + "}"
    if isinstance(value, list):
        return "[" + ",".join(canonical(item, number) for item in value) + "]"
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, float):
        return es6_number(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return number(value)
    return json.dumps(value)


def es6_number(value: float) -> str:
    """Write a number as ECMAScript does: https://tc39.es/ecma262/#sec-numeric-types-number-tostring.

    Raises:
        ValueError: it is not finite.
    """
    if not math.isfinite(value):
        msg = "JSON has no such number"
        raise ValueError(msg)
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    digits, _, exponent = f"{abs(value)!r}".partition("e")
    whole, _, fraction = digits.partition(".")
    fraction = "" if fraction == "0" else fraction
    significant = (whole + fraction).lstrip("0")
    # The value is 0.<significant> times ten to the power of `point`.
    point = len(whole) + int(exponent or 0) - (len(whole + fraction) - len(significant))
    significant = significant.rstrip("0")
    return sign + _placed(significant, point)


def _placed(significant: str, point: int) -> str:
    count = len(significant)
    if count <= point <= 21:  # noqa: PLR2004 - ECMAScript's own limits, here and below
        return significant + "0" * (point - count)
    if 0 < point <= 21:  # noqa: PLR2004
        return significant[:point] + "." + significant[point:]
    if -6 < point <= 0:  # noqa: PLR2004
        return "0." + "0" * -point + significant
    mantissa = significant[0] + ("." + significant[1:] if count > 1 else "")
    return f"{mantissa}e{'+' if point > 0 else '-'}{abs(point - 1)}"


def _rounded(value: int) -> str:
    return str(value) if abs(value) <= _EXACT else es6_number(float(value))


def _string(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _refuse(_name: str) -> Any:
    msg = "JSON has no such number"
    raise ValueError(msg)
