"""One line per step: JSON for machines, readable text on a terminal.

Nothing that a sender wrote reaches a line unescaped, so no request can forge a line or move the
cursor of a terminal.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import time
import traceback
from functools import lru_cache, partial
from json.encoder import encode_basestring_ascii as quoted
from math import isfinite
from types import TracebackType
from typing import Any, TextIO, cast

from webhooks.telemetry.outlet import Outlet

LOGGER = logging.getLogger("hookline")
_PLAIN = re.compile(r"[!-~]+")
_ENCODER = json.JSONEncoder(default=str)
_COLOURS = {"WARNING": "\x1b[33m", "ERROR": "\x1b[31m", "CRITICAL": "\x1b[31m"}


def log_step(
    step: str, *, level: int = logging.INFO, error: BaseException | None = None, **fields: Any
) -> None:
    """Say that a step was done.

    Args:
        step: one word from a closed list, for example `accepted` or `succeeded`.
        level: of the `logging` module.
        error: an error of our own making, whose traceback is wanted.
        fields: `event`, `source`, `type`, `attempt`, `duration` (seconds) and the like; None is
            left out.
    """
    if LOGGER.isEnabledFor(level):
        trace = None if error is None else (type(error), error, error.__traceback__)
        LOGGER.handle(StepRecord(step, level, fields, trace))


def log_always(step: str, **fields: Any) -> None:
    """Say a step whatever the level is, such as what was printed to be seen; see `log_step`."""
    LOGGER.handle(StepRecord(step, logging.INFO, fields, None))


class StepRecord(logging.LogRecord):
    """A record that does not look for the line of code it comes from: a step's name says what it is.

    Attributes:
        fields: what is said of the step.
    """

    def __init__(self, step: str, level: int, fields: dict[str, Any], trace: _Trace) -> None:
        """Hold what the formatters use, and nothing where others look for a place."""
        self.__dict__ = {
            **_NOWHERE,
            "msg": step,
            "levelno": level,
            "levelname": logging.getLevelName(level),
            "created": time.time(),
            "exc_info": trace,
            "fields": fields,
        }


_Trace = tuple[type[BaseException], BaseException, TracebackType | None] | None
_NOWHERE = vars(logging.LogRecord("hookline", logging.INFO, "", 0, "", None, None))


class JsonFormatter(logging.Formatter):
    """A record as one line of ASCII JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; whatever is not ASCII is escaped."""
        start = f'{{"at": "{_time(record)}", "level": "{record.levelname.lower()}", '
        fields = getattr(record, "fields", None)
        if fields is None:
            fields = {"message": record.getMessage()}
            start += f'"logger": {quoted(record.name)}'
        else:
            start += f'"step": {quoted(record.msg)}'
        parts = [start]
        for name, value in fields.items():
            if value is not None:
                parts.append(f'"{name}": {_json(value)}')
        if record.exc_info and record.exc_info[0] is not None:
            parts.append(f'"traceback": {quoted(_traceback(record))}')
        return ", ".join(parts) + "}"


class TextFormatter(logging.Formatter):
    """A record as a line for eyes."""

    def __init__(self, *, colour: bool) -> None:
        """Colour warnings and errors when asked to."""
        super().__init__()
        self._colour = colour

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; a value that is not plain text is shown as its escaped form."""
        fields = getattr(record, "fields", None)
        if fields is None:
            text = f"{record.name}: {_escape(record.getMessage())}"
        else:
            pairs = " ".join(f"{name}={_value(value)}" for name, value in fields.items() if value is not None)
            text = f"{record.getMessage():<10} {pairs}"
        line = f"{_time(record)[11:19]} {text}"
        if self._colour and record.levelname in _COLOURS:
            line = f"{_COLOURS[record.levelname]}{line}\x1b[0m"
        if record.exc_info and record.exc_info[0] is not None:
            line += "\n" + "\n".join(map(_escape, _traceback(record).splitlines()))
        return line


class StepHandler(logging.StreamHandler[TextIO]):
    """Writes records to standard error; where an outlet does that, it makes the lines too.

    Many lines made one after the other take a third of the time that they take one for each delivery.
    """

    def handle(self, record: logging.LogRecord) -> bool:
        """Write a record, now or soon."""
        outlet = self.stream
        # An error's frames hold the body that it is about: they are let go at once.
        if (
            isinstance(outlet, Outlet)
            and type(record) is StepRecord
            and not (record.exc_info or self.filters)
        ):
            outlet.write_later(partial(self._line, record))
            return True
        return super().handle(record)

    def _line(self, record: logging.LogRecord) -> str:
        try:
            return self.format(record) + self.terminator
        except Exception:  # noqa: BLE001 - as `StreamHandler.emit`: a line is not worth a request
            self.handleError(record)
            return ""


def unblock() -> Outlet:
    """Write the lines in a thread from now on; close what is returned at the end."""
    handlers = logging.getLogger().handlers
    outlet = Outlet(sys.__stderr__ or sys.stderr, dropped=lambda lines: _dropped(handlers, lines))
    for handler in handlers:
        if isinstance(handler, logging.StreamHandler):
            handler.setStream(cast("TextIO", outlet))
    return outlet


def _dropped(handlers: list[logging.Handler], lines: int) -> str:
    record = StepRecord(
        "dropped", logging.WARNING, {"lines": lines, "reason": "their reader was too slow"}, None
    )
    return "".join(f"{handler.format(record)}\n" for handler in handlers[:1])


def is_json() -> bool:
    """Say whether the lines of this process are JSON; False before `configure`."""
    return any(isinstance(handler.formatter, JsonFormatter) for handler in logging.getLogger().handlers)


def configure(*, form: str, level: str) -> None:
    """Send every logger of the process to standard error.

    Args:
        form: `json`, `text`, or `auto`: text on a terminal and JSON elsewhere.
        level: the least that is said: `debug`, `info`, `warning` or `error`.
    """
    terminal = sys.__stderr__ is not None and sys.__stderr__.isatty()
    text = form == "text" or (form == "auto" and terminal)
    # Not what `sys.stderr` is by now: what is printed there may come here as lines of its own.
    handler = StepHandler(sys.__stderr__)
    handler.setFormatter(TextFormatter(colour=terminal) if text else JsonFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # No line names them, and each record would ask the system for them.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging.captureWarnings(capture=True)
    # Celery's own words on each task repeat ours, with the exception's message unmasked.
    for name in ("celery.worker.strategy", "celery.app.trace"):
        logging.getLogger(name).setLevel(logging.CRITICAL)


def _time(record: logging.LogRecord) -> str:
    second = int(record.created)
    return f"{_second(second)}.{int(record.created * 1000) % 1000:03d}Z"


@lru_cache(maxsize=2)
def _second(second: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))


def _traceback(record: logging.LogRecord) -> str:
    """Return where it happened and what kind it was, without the message, which may quote a body."""
    kind, _, trace = record.exc_info or (None, None, None)
    lines = traceback.format_tb(trace)
    return "".join([*lines, kind.__name__ if kind is not None else ""])


def _json(value: Any) -> str:
    # Most values are texts and durations, for which the encoder takes twice as long and more.
    if type(value) is str:
        return quoted(value)
    if type(value) is float and isfinite(value):
        return repr(round(value, 6))
    return _ENCODER.encode(value)


def _value(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4f}"
    text = str(value)
    return text if _PLAIN.fullmatch(text) else json.dumps(text)


def _escape(text: str) -> str:
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)
