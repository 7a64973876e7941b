"""What an editor, a shell or a mount adds to a value never becomes a part of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.config import fault_of, faults_of, settings_from
from webhooks.config import load_settings
from webhooks.config.cleaning import cleaned
from webhooks.errors import Misconfigured

STRIPE = '[sources.stripe]\nprovider = "stripe"\nsecrets = ["${SECRET}"]'
around = st.text(st.sampled_from(" \t\r\n\ufeff\u00a0\u2028"), max_size=4)
inner = st.text(st.characters(codec="utf-8"), max_size=20)


@given(around, inner, around)
def test_a_value_is_what_is_seen_of_it_or_refused(before: str, text: str, after: str) -> None:
    try:
        found = cleaned(before + text + after)
    except ValueError:
        return
    assert found in text
    assert found == found.strip().strip("\ufeff")
    assert found.isprintable() or found.startswith(("-----BEGIN ", "{", "["))
    assert cleaned(found) == found


@pytest.mark.parametrize("ends", ["\n", "\r\n", " ", "\ufeff", "\ufeff\r\n"])
@pytest.mark.parametrize("place", ["variable", "file", "own"])
def test_what_is_around_a_secret_is_taken_off(tmp_path: Path, ends: str, place: str) -> None:
    path = tmp_path / "secret"
    path.write_bytes(f"{ends}whsec_fake{ends}".encode())
    toml, environ = {
        "variable": (STRIPE, {"SECRET": f"{ends}whsec_fake{ends}"}),
        "file": (STRIPE.replace("${SECRET}", f"file:{path}"), {}),
        "own": (
            '[sources.stripe]\nprovider = "stripe"',
            {"HOOKLINE_SOURCES_STRIPE_SECRETS": f"{ends}whsec_fake{ends}"},
        ),
    }[place]
    assert settings_from(toml, environ).sources["stripe"].secret_texts() == ["whsec_fake"]


@pytest.mark.parametrize(
    ("secret", "fault"),
    [
        ("whsec_a\nwhsec_b", "has a line break as character 8, which is not seen: remove it"),
        ("whsec\rfake", "has a carriage return as character 6"),
        ("whsec_\ufefffake", "has a byte order mark as character 7"),
        ("whsec_\u200bfake", r"has U+200B (zero width space) as character 7"),
        ('"whsec_fake"', "is in quotes, which would be a part of it: remove them"),
        ("'whsec_fake'", "is in quotes"),
    ],
)
def test_what_is_within_a_secret_is_refused_by_its_name_and_not_quoted(
    tmp_path: Path, secret: str, fault: str
) -> None:
    path = tmp_path / "secret"
    path.write_bytes(secret.encode())
    of_variable = fault_of(STRIPE, SECRET=secret)
    of_file = fault_of(STRIPE.replace("${SECRET}", f"file:{path}"))
    assert f"the environment variable SECRET {fault}" in of_variable
    assert f"the file {path} {fault}" in of_file
    assert "whsec" not in of_variable + of_file


def test_a_key_in_pem_keeps_its_lines() -> None:
    pem = "-----BEGIN PUBLIC KEY-----\r\nfake\r\n-----END PUBLIC KEY-----"
    assert cleaned(f"\ufeff{pem}\r\n") == pem


def _from_bytes(folder: Path, content: bytes) -> int:
    path = folder / "hookline.toml"
    path.write_bytes(content)
    return load_settings({"HOOKLINE_CONFIG": str(path)}).web.port


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_a_file_may_be_saved_on_windows(tmp_path: Path, mark: bytes, end: bytes) -> None:
    assert _from_bytes(tmp_path, mark + end.join([b"[web]", b"port = 8123", b""])) == 8123


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_a_file_in_another_encoding_is_refused_by_it(tmp_path: Path, codec: str) -> None:
    with pytest.raises(Misconfigured, match="is not in UTF-8 but in UTF-16 or UTF-32: save it as UTF-8"):
        _from_bytes(tmp_path, "[web]\nport = 8123\n".encode(codec))


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("LOG_LEVEL", "INFO", "info"),
        ("WEB_HOST", "LocalHost", "localhost"),
        ("WEB_HOST", "[::1]", "::1"),
        ("WEB_HOST", "::", "::"),
        ("WEB_FORWARDED", "x-forwarded-proto", ("X-Forwarded-Proto",)),
        ("WEB_KEEP_REJECTED_BODIES", "TRUE", True),
        ("WEB_PORT", "8123\r\n", 8123),
        ("REDIS_URL", "REDIS://[::1]:6379/0\n", "redis://[::1]:6379/0"),
    ],
)
def test_capitals_brackets_and_line_ends_mean_nothing(name: str, value: str, read: object) -> None:
    section, key = name.lower().split("_", 1)
    settings = settings_from("", {f"HOOKLINE_{name}": value})
    assert getattr(getattr(settings, section), key) == read


@pytest.mark.parametrize(
    "host", ["0.0.0.0:8000", "http://localhost", "[127.0.0.1]", "::1::", "a b", "-x", "1.2.3", "*", "[::1"]
)
def test_a_host_is_a_name_or_an_address_without_a_port(host: str) -> None:
    for key in ("WEB_HOST", "FLOWER_HOST"):
        (fault,) = faults_of("", {f"HOOKLINE_{key}": host})
        assert fault.startswith(f"HOOKLINE_{key} must be a host without a port")
