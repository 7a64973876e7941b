"""The page about the providers is what the catalogue says."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from webhooks.providers.catalog import PROVIDERS
from webhooks.providers.document import page, section

PAGE = Path(__file__).parent.parent.parent / "docs" / "providers.md"


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(PROVIDERS.values())


@pytest.mark.parametrize("name", sorted(PROVIDERS))
def test_the_settings_are_toml_and_say_what_is_not_proven(name: str) -> None:
    text = section(PROVIDERS[name])
    (settings,) = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    source = tomllib.loads(settings)["sources"][name]
    assert source["provider"] == name
    assert ("secrets" in source) is PROVIDERS[name].scheme.needs_secret
    assert PROVIDERS[name].weakness in text
    for secret in source.get("secrets", []):
        assert isinstance(secret, dict) is (name in TABLES)


TABLES = ("apple_appstore", "braintree", "livekit", "pusher", "vonage_sms_sig")
