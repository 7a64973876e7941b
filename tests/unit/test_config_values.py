"""How single values are read, and what is said of those that are wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webhooks.config import values
from webhooks.config.addresses import host
from webhooks.config.redis_url import redis_url

JUNK = [None, "", " ", [], {}, True, object(), b"1", "1_0", "-1", -1, "1e3", float("nan"), "nan", "\u0661"]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        *((30, 30), (0.25, 0.25), ("30", 30), ("1.5", 1.5), ("250ms", 0.25), ("90s", 90), ("15m", 900)),
        *(("12h", 43_200), ("3d", 259_200), ("1.5 h", 5400)),
    ],
)
def test_a_duration_is_a_number_of_seconds_or_has_a_unit(text: Any, seconds: float) -> None:
    assert values.duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize("value", [*JUNK, 0, "0s", "5 weeks", "1h30m", "s", float("inf"), 10**400, "9" * 400])
def test_a_duration_is_more_than_nothing_and_ends(value: Any) -> None:
    with pytest.raises(ValueError, match="must be a duration of more than 0, such as 30, 90s, 15m"):
        values.duration(value)


@pytest.mark.parametrize(("value", "seconds"), [(0, 0), ("0", 0), (0.0, 0), ("2s", 2), (1, 1)])
def test_a_pause_may_be_nothing(value: Any, seconds: float) -> None:
    assert values.pause(value) == seconds


@pytest.mark.parametrize(
    ("value", "read"), [(True, True), (False, False), ("true", True), ("FALSE", False), ("True", True)]
)
def test_a_flag_is_true_or_false(value: Any, read: bool) -> None:  # noqa: FBT001 - what it is about
    assert values.flag(value) is read


@pytest.mark.parametrize("value", [one for one in JUNK if one is not True] + [0, 1, "yes", "1"])
def test_a_flag_is_nothing_else(value: Any) -> None:
    with pytest.raises(ValueError, match="must be true or false"):
        values.flag(value)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        (65_536, 65_536),
        ("65536", 65_536),
        ("1B", 1),
        ("512KiB", 524_288),
        ("5 MiB", 5_242_880),
        ("1GiB", 2**30),
    ],
)
def test_a_size_is_a_number_of_bytes_or_has_a_unit(text: Any, size: int) -> None:
    assert values.size(text) == size


@pytest.mark.parametrize("value", [*JUNK, 0, "0MiB", "5MB", "5 megabytes", "1.5MiB", 1.0, "9" * 5000 + "B"])
def test_a_size_is_at_least_a_byte_and_its_unit_is_binary(value: Any) -> None:
    with pytest.raises(ValueError, match="must be a size of at least 1 byte, such as 65536, 512KiB"):
        values.size(value)


@pytest.mark.parametrize(("value", "number"), [(1, 1), ("10", 10), (200, 200)])
def test_a_whole_number_is_read(value: Any, number: int) -> None:
    assert values.whole(value) == number


@pytest.mark.parametrize("value", [*JUNK, 0, "0", 1.0, 1.5, "9" * 30])
def test_a_count_is_a_whole_number_of_at_least_1(value: Any) -> None:
    with pytest.raises(ValueError, match="must be a whole number of at least 1"):
        values.whole(value)


@pytest.mark.parametrize("value", [*JUNK, 65_536, "65536", 1.0, "0" * 20 + "80"])
def test_a_port_is_between_0_and_65535(value: Any) -> None:
    assert (values.port(0), values.port("65535")) == (0, 65_535)
    with pytest.raises(ValueError, match="must be a port between 0 and 65535"):
        values.port(value)


@pytest.mark.parametrize("value", [*JUNK, 0.9, "0.5", float("inf"), 10**400])
def test_a_factor_is_a_number_of_at_least_1(value: Any) -> None:
    assert (values.factor(1), values.factor("2.5")) == (1.0, 2.5)
    with pytest.raises(ValueError, match="must be a number of at least 1"):
        values.factor(value)


@pytest.mark.parametrize(
    ("value", "found"), [([], ()), (["a", " b "], ("a", "b")), ("a,b", ("a", "b")), ("a, ,b,", ("a", "b"))]
)
def test_a_list_of_texts_may_be_written_with_commas(value: Any, found: tuple[str, ...]) -> None:
    assert values.names(value) == found


@pytest.mark.parametrize("value", [None, 5, {"a": "b"}, ["a", 5], ["a", ""], [" "]])
def test_a_list_holds_texts_and_none_is_empty(value: Any) -> None:
    with pytest.raises(ValueError, match="must be a list of texts that are not empty"):
        values.names(value)


@pytest.mark.parametrize("reader", [values.text, values.names, redis_url, values.dsn])
def test_a_value_that_may_hold_a_secret_is_never_quoted(reader: Any) -> None:
    for value in ({"a": "whisper"}, ["whisper", 5], b"whisper", "http://whisper"):
        if reader in (values.text, values.names) and isinstance(value, str):
            continue
        with pytest.raises(ValueError, match="must be") as caught:
            reader(value)
        assert "whisper" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    ["redis://127.0.0.1:6379/0", "rediss://:pw@redis.example.com/1", "unix:///run/redis.sock?db=2"],
)
def test_a_redis_url_is_tcp_tls_or_a_socket(url: str) -> None:
    assert redis_url(url) == url


@pytest.mark.parametrize(
    "url", ["", "127.0.0.1:6379", "http://127.0.0.1", "redis+socket:///x", "redis://[", 5]
)
def test_another_url_is_no_redis_url(url: Any) -> None:
    with pytest.raises(ValueError, match="must be a"):
        redis_url(url)


@pytest.mark.parametrize(
    "url",
    [
        *(
            "redis://:whis/per@h:6379/0",
            "redis://:whis#per@h/0",
            "redis://:whis?per@h/0",
            "redis://h:whisper/0",
        ),
        *("redis://h/whisper", "rediss://h:0/0?whisper"),
    ],
)
def test_a_redis_url_that_no_client_could_read_is_refused_and_not_quoted(url: str) -> None:
    with pytest.raises(ValueError, match="percent-encoded") as caught:
        redis_url(url)
    assert "whis" not in str(caught.value)


def test_a_tls_url_may_name_certificates_and_nothing_that_weakens_the_proof(tmp_path: Path) -> None:
    ca = tmp_path / "ca.pem"
    url = f"rediss://h/0?ssl_ca_certs={ca}"
    with pytest.raises(ValueError, match="names a file in ssl_ca_certs that cannot be read"):
        redis_url(url)
    ca.touch()
    assert redis_url(url) == url
    for option in ("ssl_cert_reqs=none", "ssl_check_hostname=false"):
        with pytest.raises(ValueError, match="certificates are always verified"):
            redis_url(f"{url}&{option}")


@pytest.mark.parametrize(
    "dsn", ["http://key@127.0.0.1:9000/1", "https://key@o1.ingest.sentry.example/42", "https://k@h/path/7"]
)
def test_a_dsn_is_read(dsn: str) -> None:
    assert values.dsn(dsn) == dsn


@pytest.mark.parametrize(
    "dsn",
    [
        *("key@host/1", "https://host/1", "https://key@host", "https://key@host/", "", 5),
        *("https://key@host/project", "ftp://key@host/1", "https://key@[/1", "https://key@/1"),
    ],
)
def test_what_the_sdk_would_choke_on_is_no_dsn(dsn: Any) -> None:
    with pytest.raises(ValueError, match="must be a"):
        values.dsn(dsn)


def test_one_word_of_a_list_is_read() -> None:
    read = values.one_of("json", "text")
    assert read("json") == "json"
    with pytest.raises(ValueError, match="must be one of json, text, got 'xml'"):
        read("xml")


def test_a_text_without_variables_stays() -> None:
    assert values.resolve("a $HOME {b} ${} ${1}", {}) == "a $HOME {b} ${} ${1}"


def test_variables_are_filled_in_and_their_values_are_not_read_again() -> None:
    assert values.resolve("${A}-${B}", {"A": "${B}", "B": "b"}) == "${B}-b"


@pytest.mark.parametrize("environ", [{}, {"A": ""}, {"A": " \n"}])
def test_a_variable_that_is_not_set_or_empty_is_a_fault_with_its_name(environ: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="the environment variable A is not set or empty: set it"):
        values.resolve("${A}", environ)


def test_a_file_is_read_without_the_blanks_around_it(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("fake-secret\n", encoding="utf-8")
    assert values.resolve(f"file:{path}", {}) == "fake-secret"


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (None, r"cannot be read \(FileNotFoundError\): create it"),
        (b" \n", "is empty: write"),
        (b"\xff", "is not in UTF-8 \\(byte 1\\): save it as UTF-8"),
    ],
)
def test_a_file_that_gives_no_value_is_a_fault_with_its_path(
    tmp_path: Path, content: bytes | None, complaint: str
) -> None:
    path = tmp_path / "secret"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ValueError, match=complaint) as caught:
        values.resolve(f"file:{path}", {})
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("document", ["x ${DEEP} y", ["${DEEP}"], {"a": [{"b": ["${A}${DEEP}"]}, 5, None]}])
def test_variables_are_found_wherever_they_are_in_a_document(document: Any) -> None:
    assert "DEEP" in values.variables_in({"table": document})


READERS = [
    host,
    *(values.duration, values.pause, values.size, values.whole, values.port, values.factor),
    *(values.text, values.names, redis_url, values.dsn),
]


@given(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30) | st.lists(st.text()),
    st.sampled_from(READERS),
)
def test_every_reader_reads_or_says_what_must_be(value: Any, reader: Any) -> None:
    try:
        reader(value)
    except ValueError as error:
        told = str(error)
    else:
        told = "must be nothing else"
    assert told.startswith("must be")
