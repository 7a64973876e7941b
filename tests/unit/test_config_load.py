"""The file: sections, keys, defaults, and all faults told in one start."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from tests.support.config import fault_of, faults_of, settings_from
from webhooks.config import Settings, load_settings, redis_faults
from webhooks.config.sections import SECTIONS
from webhooks.errors import Misconfigured

EVERY_KEY = """
[redis]
url = "redis://127.0.0.1:6379/3"
timeout = "500ms"
[web]
host = "0.0.0.0"
port = 9000
workers = 3
threads = 4
max_body = "1MiB"
forwarded = ["X-Forwarded-Proto"]
drain = 0
status_token = "fake-status-token"
keep_rejected_bodies = true
[spool]
directory = "/var/lib/hookline"
max_bytes = "2GiB"
[worker]
max_memory = "2GiB"
handlers = ["shop.handlers", "shop.mail"]
processes = 333
time_limit = "4m"
lease = "1m"
sweep_interval = "2s"
backlog = 50
grace = 10
[retry]
attempts = 5
first = "1m"
factor = 2
longest = "1h"
[retention]
succeeded = "1d"
unhandled = "2d"
discarded = "3d"
dead = "4d"
key = "40d"
[sentry]
dsn = "http://key@127.0.0.1:9000/1"
environment = "staging"
[flower]
host = "0.0.0.0"
port = 5000
basic_auth = "user:fake-password"
[log]
format = "json"
level = "debug"
"""


def test_every_key_can_be_written_in_the_file() -> None:
    settings = settings_from(EVERY_KEY)
    default = Settings()
    same = [
        f"{name}.{field.name}"
        for name, section in SECTIONS.items()
        for field in dataclasses.fields(section)
        if getattr(getattr(settings, name), field.name) == getattr(getattr(default, name), field.name)
    ]
    assert same == []
    assert settings.worker.handlers == ("shop.handlers", "shop.mail")
    assert (settings.redis.timeout, settings.web.max_body, settings.retention.key) == (0.5, 2**20, 40 * 86400)


def test_every_key_has_a_sentence_for_the_operator() -> None:
    for section in SECTIONS.values():
        for field in dataclasses.fields(section):
            assert field.metadata["meaning"]


def test_every_default_would_be_read_as_itself() -> None:
    for section in SECTIONS.values():
        for field in dataclasses.fields(section):
            if field.default not in ("", None, ()):
                assert field.metadata["read"](field.default) == field.default


def test_nothing_at_all_is_a_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_settings({}) == Settings()


def test_hookline_toml_of_the_current_folder_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "hookline.toml").write_text("[web]\nport = 9001\n", encoding="utf-8")
    assert load_settings({}).web.port == 9001


def test_without_an_environment_the_process_has_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOOKLINE_WEB_PORT", "9002")
    monkeypatch.delenv("HOOKLINE_TEST_SERVER", raising=False)
    assert load_settings().web.port == 9002


def test_a_named_file_must_be_there(tmp_path: Path) -> None:
    path = tmp_path / "missing.toml"
    with pytest.raises(Misconfigured, match=r"missing\.toml cannot be read \(FileNotFoundError\)"):
        load_settings({"HOOKLINE_CONFIG": str(path)})


@pytest.mark.parametrize("toml", ["[web", "port = ", "a = 1\na = 2", "x = " + "9" * 5000])
def test_a_file_that_is_no_toml_is_told_with_its_path(toml: str) -> None:
    assert "hookline.toml is not valid TOML" in fault_of(toml)


def test_a_file_that_is_no_utf_8_is_told(tmp_path: Path) -> None:
    path = tmp_path / "hookline.toml"
    path.write_bytes(b'[web]\nhost = "\xff"\n')
    with pytest.raises(Misconfigured, match="is not in UTF-8"):
        load_settings({"HOOKLINE_CONFIG": str(path)})


def test_an_unknown_section_is_told_with_those_that_are_known() -> None:
    assert fault_of("[webb]\nport = 1") == (
        "unknown section [webb]; did you mean web? "
        "known: redis, web, spool, worker, retry, retention, sentry, flower, log, sources"
    )


@pytest.mark.parametrize("name", SECTIONS)
def test_an_unknown_key_is_told_with_those_that_are_known(name: str) -> None:
    keys = ", ".join(field.name for field in dataclasses.fields(SECTIONS[name]))
    assert fault_of(f"[{name}]\ncolour = 1") == f"{name}.colour is unknown; known: {keys}"


@pytest.mark.parametrize("name", SECTIONS)
def test_a_section_must_be_a_table(name: str) -> None:
    assert fault_of(f"{name} = 1") == f"[{name}] must be a table"


def test_a_wrong_value_is_told_by_its_key_with_what_is_right() -> None:
    assert fault_of("[web]\nport = 70000") == "web.port must be a port between 0 and 65535, got 70000"


def test_all_faults_are_told_at_once() -> None:
    faults = faults_of(
        """
        [web]
        port = -1
        [worker]
        processes = 0
        [retry]
        factor = nan
        [colours]
        [sources.stripe]
        provider = "strype"
        secrets = [""]
        """,
        HOOKLINE_WEB_PROT="1",
    )
    told = "\n".join(faults)
    for key in ("web.port", "worker.processes", "retry.factor", "[colours]", "sources.stripe.provider"):
        assert key in told
    assert "sources.stripe.secrets" in told
    assert "HOOKLINE_WEB_PROT" in told
    assert len(faults) == 7


def test_settings_cannot_be_changed() -> None:
    settings = settings_from()
    with pytest.raises(dataclasses.FrozenInstanceError):
        settings.web.port = 1  # type: ignore[misc]
    with pytest.raises(TypeError):
        settings.sources["new"] = None  # type: ignore[index]


def test_a_process_that_needs_the_store_is_told_where_to_name_it() -> None:
    assert redis_faults(settings_from('[redis]\nurl = "redis://127.0.0.1"')) == []
    (fault,) = redis_faults(settings_from())
    assert fault.startswith("redis.url is missing: set HOOKLINE_REDIS_URL")
