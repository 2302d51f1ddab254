"""The page of a run's log, for a terminal or a pipe."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, TextIO

import structlog

from agentkit.cli.figures import printable


def print_log(entries: Iterable[Mapping[str, Any]], stream: TextIO) -> None:
    """One line an entry, in local time; colours only on a terminal, tracebacks below their line."""
    render = structlog.dev.ConsoleRenderer(
        colors=stream.isatty(),
        sort_keys=False,
        pad_event_to=12,
        exception_formatter=structlog.dev.plain_traceback,
    )
    for entry in entries:
        shown = {name: printed(value) for name, value in entry.items()}
        shown["timestamp"] = local_time(str(shown.pop("time", "")))
        shown["event"] = str(shown.get("event", ""))
        stream.write(f"{render(None, '', shown)}\n")


def printed(value: Any) -> Any:
    """No control code of a command's output reaches the terminal."""
    if not isinstance(value, str):
        return value
    return "\n".join(printable(line) for line in value.split("\n"))


def local_time(stamp: str) -> str:
    try:
        moment = datetime.fromisoformat(stamp)
    except ValueError:
        return stamp
    return time.strftime("%Y-%m-%d %H:%M:%S", moment.astimezone().timetuple())
