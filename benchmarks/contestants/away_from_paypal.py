"""Hookline as it is shipped, where every certificate of PayPal is missing after 50 ms.

A measurement must not ask PayPal for names that it invents.
"""

from __future__ import annotations

import re
import time

import requests
import responses

from webhooks import wsgi

ROUND_TRIP = 0.05
"""Seconds."""


def _missing(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
    time.sleep(ROUND_TRIP)
    return 404, {}, ""


_provider = responses.RequestsMock(assert_all_requests_are_fired=False)
_provider.add_callback(responses.GET, re.compile(r"https://api\.paypal\.com/.*"), callback=_missing)
_provider.start()

app = wsgi.app
