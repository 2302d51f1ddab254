"""The log of a run, `log.jsonl`: what happened, for a person with a question or a program that watches.

One JSON object a line: time, level, event, attempt, and what is known of it, shortened. The truth is the
journal; the log adds what libraries say (`logging`, `warnings`) and the tracebacks of faults.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, TextIO

import structlog

from agentkit.contracts.events import Event

NAME = "log.jsonl"
LONGEST = 500
"""Characters of one value."""
LONGEST_TRACEBACK = 20_000
PASSING = ("output", "progress")
"""Told many times a second, and not logged."""
FIRST = ("time", "level", "event", "attempt")

Level = Literal["debug", "info", "warning", "error", "critical"]
Redact = Callable[[str], str]


class RunLog:
    """An observer, and a context manager that also catches what libraries log for as long as it is open.

    What it is told of is redacted already; what it catches it redacts itself.
    It is appended to, so a resumed run goes on in the same file. A log that cannot be written never ends
    a run. Where a process has several runs at once, what libraries say is in the logs of all of them.
    """

    def __init__(self, folder: Path, redact: Redact) -> None:
        self._redact = redact
        self._file = _open(folder / NAME)
        self._handler = _LibraryRecords(self.write, redact)
        self._logger = structlog.wrap_logger(
            structlog.WriteLogger(self._file),
            processors=[
                structlog.stdlib.add_log_level,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(self._line),
            ],
            wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        )

    def __call__(self, event: Event) -> None:
        if event.kind not in PASSING:
            self.write(level_of(event), event.kind, event.time, attempt=event.attempt, **_fields(event.data))

    def write(self, level: Level, said: str, time: float, /, **fields: Any) -> None:
        with contextlib.suppress(OSError):
            getattr(self._logger, level)(said, time=_stamp(time), **fields)

    def fault(self, error: BaseException) -> None:
        """With the traceback."""
        where = {"exc_info": (type(error), error, error.__traceback__)}
        text = self._redact(f"{type(error).__name__}: {error}")
        self.write("error", "fault", _now(), error=_shortened(text), **where)

    def __enter__(self) -> RunLog:
        logging.getLogger().addHandler(self._handler)
        _warnings.capture()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if isinstance(error, Exception):
            self.fault(error)
        _warnings.release()
        logging.getLogger().removeHandler(self._handler)
        with contextlib.suppress(OSError):
            self._file.close()

    def _line(self, entry: dict[str, Any], **_: Any) -> str:
        """In the order in which a person reads it."""
        if "exception" in entry:
            entry["exception"] = self._redact(entry["exception"])[-LONGEST_TRACEBACK:]
        first = {name: entry.pop(name, "") for name in FIRST}
        ordered = {name: value for name, value in first.items() if value}
        return json.dumps({**ordered, **entry}, ensure_ascii=False, default=str)


def _open(path: Path) -> TextIO:
    try:
        return path.open("a", encoding="utf-8", errors="backslashreplace")
    except OSError:
        return Path(os.devnull).open("a", encoding="utf-8")


class _LibraryRecords(logging.Handler):
    """Passes on what is logged through the standard library."""

    def __init__(self, write: Callable[..., None], redact: Redact) -> None:
        super().__init__()
        self._write_entry = write
        self._redact = redact

    def emit(self, record: logging.LogRecord) -> None:
        try:
            text = record.getMessage()
        except (TypeError, ValueError):  # a library's mistake in its own message must not stop ours
            text = str(record.msg)
        fields: dict[str, Any] = {"exc_info": record.exc_info} if record.exc_info else {}
        level = record.levelname.lower() if record.levelno >= logging.WARNING else "info"
        if level not in ("info", "warning", "error", "critical"):
            level = "warning"
        self._write_entry(
            level, "library", record.created, logger=record.name, text=_shortened(text), **fields
        )


class _Warnings:
    """`warnings` go to `logging` while at least one log is open."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open = 0

    def capture(self) -> None:
        with self._lock:
            self._open += 1
            logging.captureWarnings(True)

    def release(self) -> None:
        with self._lock:
            self._open -= 1
            if not self._open:
                logging.captureWarnings(False)


_warnings = _Warnings()


def level_of(event: Event) -> Level:
    """A failure of the work is a warning, a failure of the run an error."""
    data = event.data
    if event.kind == "run_ended":
        states: Mapping[Any, Level] = {"failed": "error", "interrupted": "warning"}
        return states.get(data.get("state"), "info")
    failed = (
        (event.kind in ("outcome", "measured") and _status(data) != "valid")
        or (event.kind == "tool" and not data.get("ok", True))
        or event.kind in ("waiting", "cut")
    )
    return "warning" if failed else "info"


def _status(data: Mapping[str, Any]) -> Any:
    return (data.get("outcome") or data).get("status")


def _fields(data: Mapping[str, Any]) -> dict[str, Any]:
    """What is empty is left out; the names that a line has anyway get a dash."""
    taken = (*FIRST, "exc_info", "stack_info", "exception")
    return {
        f"{name}_" if name in taken else name: _shown(value)
        for name, value in data.items()
        if value not in (None, "", [], {}, ())
    }


def _shown(value: Any) -> Any:
    if isinstance(value, (bool, int, float)):
        return value
    return _shortened(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str))


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text):,} characters)"


def _now() -> float:
    return datetime.now(UTC).timestamp()


def _stamp(time: float) -> str:
    return datetime.fromtimestamp(time, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def read_log(folder: Path) -> Iterator[dict[str, Any]]:
    """The entries of a run's log, oldest first; a torn line is left out. Nothing where there is no log."""
    try:
        with (folder / NAME).open(encoding="utf-8", errors="replace") as file:
            for line in file:
                with contextlib.suppress(ValueError):
                    entry = json.loads(line)
                    if isinstance(entry, dict):
                        yield entry
    except FileNotFoundError:
        return
