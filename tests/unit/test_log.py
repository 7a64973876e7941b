"""Each record is one line that no sender can forge."""

from __future__ import annotations

import io
import json
import logging
import re
import weakref
from collections.abc import Callable, Iterator
from typing import Any, TextIO, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.python import run_python
from webhooks.telemetry.log import LOGGER, JsonFormatter, StepHandler, StepRecord, TextFormatter, log_step
from webhooks.telemetry.outlet import Outlet

PLAIN = TextFormatter(colour=False)
QUOTED = "jane.doe@example.com"
HOSTILE = "evt_1\r\n2026-01-01 forged\x1b[2J\x00\u2028\x85\u202e"


def record(
    step: str = "accepted", *, level: int = logging.INFO, error: BaseException | None = None, **fields: Any
) -> logging.LogRecord:
    """A record as `log_step` makes it."""
    trace = (type(error), error, error.__traceback__) if error is not None else None
    made = logging.LogRecord("hookline", level, __file__, 1, step, (), trace)
    made.fields = fields
    return made


def foreign(message: str) -> logging.LogRecord:
    """A record of another library."""
    return logging.LogRecord("celery.worker", logging.WARNING, __file__, 1, message, (), None)


def raised() -> BaseException:
    with pytest.raises(ValueError, match="jane") as caught:
        int(QUOTED)
    return caught.value


def read(made: logging.LogRecord) -> dict[str, Any]:
    line = JsonFormatter().format(made)
    assert line.isascii()
    assert line.isprintable()
    found: dict[str, Any] = json.loads(line)
    return found


def test_a_step_is_one_line_of_json() -> None:
    found = read(record(event="stripe:evt_1", attempt=2))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", found.pop("at"))
    assert found == {"level": "info", "step": "accepted", "event": "stripe:evt_1", "attempt": 2}


def test_a_step_is_one_line_of_text() -> None:
    line = PLAIN.format(record(event="stripe:evt_1", duration=0.5))
    assert re.fullmatch(r"\d\d:\d\d:\d\d accepted   event=stripe:evt_1 duration=0\.5000", line)


def test_another_librarys_words_keep_their_logger() -> None:
    found = read(foreign("connected"))
    assert (found["logger"], found["message"], found["level"]) == ("celery.worker", "connected", "warning")
    assert PLAIN.format(foreign("connected")).endswith("celery.worker: connected")


@pytest.mark.parametrize("made", [record(event=HOSTILE), foreign(HOSTILE)], ids=["ours", "foreign"])
def test_what_a_sender_wrote_neither_ends_a_line_nor_moves_a_cursor(made: logging.LogRecord) -> None:
    read(made)
    line = PLAIN.format(made)
    assert line.isprintable()
    assert "forged" in line


@given(value=st.text(max_size=50))
def test_no_text_whatever_breaks_a_line(value: str) -> None:
    assert read(record(event=value))["event"] == value
    assert read(foreign(value.replace("%", "%%")))
    assert PLAIN.format(record(event=value)).isprintable()
    assert PLAIN.format(foreign(value)).isprintable()


def test_a_value_with_a_blank_is_quoted_so_that_no_field_can_be_forged() -> None:
    assert PLAIN.format(record(event="a state=dead")).endswith('event="a state=dead"')


def test_a_value_that_json_has_not_is_written_as_text() -> None:
    assert read(record(path=ValueError))["path"] == "<class 'ValueError'>"


@pytest.mark.parametrize("formatter", [JsonFormatter(), PLAIN])
def test_a_traceback_says_where_and_what_kind_and_never_the_message(formatter: logging.Formatter) -> None:
    text = formatter.format(record(error=raised()))
    assert QUOTED not in text
    assert "test_log.py" in text
    assert "ValueError" in text


def test_a_traceback_in_text_is_printable_line_by_line() -> None:
    lines = PLAIN.format(record(error=raised())).split("\n")
    assert len(lines) > 2
    assert all(line.isprintable() for line in lines)


def test_an_error_that_was_never_raised_has_no_place_and_still_its_kind() -> None:
    assert read(record(error=KeyError("quoted")))["traceback"] == "KeyError"


@pytest.mark.parametrize(("level", "coloured"), [(logging.INFO, False), (logging.ERROR, True)])
def test_on_a_terminal_warnings_and_errors_have_a_colour(level: int, *, coloured: bool) -> None:
    line = TextFormatter(colour=True).format(record(level=level))
    assert line.startswith("\x1b[") is coloured
    assert line.endswith("\x1b[0m") is coloured


def test_fields_without_a_value_are_left_out_and_fractions_rounded(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="hookline"):
        log_step("accepted", event="stripe:evt_1", handler=None, duration=0.123456789)
    (made,) = caplog.records
    found = read(made)
    del found["at"]
    assert found == {"level": "info", "step": "accepted", "event": "stripe:evt_1", "duration": 0.123457}
    assert PLAIN.format(made).endswith("accepted   event=stripe:evt_1 duration=0.1235")


@pytest.fixture
def through_outlet() -> Iterator[tuple[StepHandler, Callable[[], list[str]]]]:
    """A handler that writes through an outlet, and what reads all lines that it wrote."""
    stream = io.StringIO()
    outlet = Outlet(stream, dropped=str)
    handler = StepHandler(cast("TextIO", outlet))
    handler.setFormatter(JsonFormatter())

    def lines() -> list[str]:
        outlet.close()
        return stream.getvalue().splitlines()

    yield handler, lines
    outlet.close()


def test_where_an_outlet_writes_lines_keep_their_order_and_form(
    through_outlet: tuple[StepHandler, Callable[[], list[str]]],
) -> None:
    handler, lines = through_outlet
    handler.handle(StepRecord("accepted", logging.INFO, {"event": "stripe:evt_1"}, None))
    handler.handle(foreign("connected"))
    handler.handle(StepRecord("internal", logging.ERROR, {}, (ValueError, ValueError(), None)))
    handler.handle(StepRecord("rejected", logging.INFO, {"code": "x"}, None))
    found = [json.loads(line) for line in lines()]
    assert [one.get("step") or one["message"] for one in found] == [
        *("accepted", "connected", "internal", "rejected")
    ]


def test_an_errors_frames_do_not_wait_for_the_outlet(
    through_outlet: tuple[StepHandler, Callable[[], list[str]]],
) -> None:
    class Held(ValueError):
        pass

    handler, lines = through_outlet
    error = Held()
    gone = weakref.ref(error)
    handler.handle(StepRecord("internal", logging.ERROR, {}, (Held, error, None)))
    del error
    assert gone() is None
    assert "Held" in lines()[0]


def test_a_value_that_cannot_be_written_costs_its_line_and_no_other(
    through_outlet: tuple[StepHandler, Callable[[], list[str]]], capsys: pytest.CaptureFixture[str]
) -> None:
    class Shy:
        def __str__(self) -> str:
            raise RuntimeError

    handler, lines = through_outlet
    handler.handle(StepRecord("shy", logging.INFO, {"value": Shy()}, None))
    handler.handle(StepRecord("accepted", logging.INFO, {}, None))
    assert [json.loads(line)["step"] for line in lines()] == ["accepted"]
    assert "RuntimeError" in capsys.readouterr().err


def test_what_is_below_the_level_costs_nothing(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="hookline"):
        log_step("accepted")
    assert not caplog.records
    assert LOGGER.name == "hookline"


CONFIGURED = """
import logging, warnings
from webhooks.telemetry.log import configure, log_step
configure(form={form!r}, level={level!r})
log_step("accepted", event="stripe:evt_1")
logging.getLogger("other").warning("seen")
logging.getLogger("celery.app.trace").error("a body")
warnings.warn("an old call")
"""


def said(form: str, level: str) -> list[str]:
    done = run_python(CONFIGURED.format(form=form, level=level))
    assert (done.returncode, done.stdout) == (0, "")
    return done.stderr.splitlines()


@pytest.mark.parametrize("form", ["json", "auto"])
def test_every_logger_writes_json_to_standard_error_where_no_terminal_is(form: str) -> None:
    lines = [json.loads(line) for line in said(form, "info")]
    assert [line.get("step") or line["logger"] for line in lines] == ["accepted", "other", "py.warnings"]


def test_text_is_written_when_asked_for_and_without_colours_where_no_terminal_is() -> None:
    lines = said("text", "info")
    assert "accepted   event=stripe:evt_1" in lines[0]
    assert "\x1b" not in "".join(lines)


def test_celerys_own_words_on_a_task_are_silenced_as_they_quote_the_error() -> None:
    assert "a body" not in "".join(said("json", "info"))


def test_the_level_counts_for_every_logger() -> None:
    assert said("json", "error") == []
