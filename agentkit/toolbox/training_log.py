"""Training log: what a run prints while it trains, read as it comes, in bounded memory.

Understood are `name=value`, `name: value` and `"name": value`, and `name value` for the words of training
(nanoGPT's `iter 10: loss 2.3, time 5.1ms`); `step 10/100` is step 10, `step 1,000` step 1000. A bar
that redraws its line with a carriage return is as many lines as it draws. However the bytes were split, the
result is the same.
"""

from __future__ import annotations

import math
import re
from collections import deque
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from agentkit.toolbox.curve import Curve

LINE_BYTES = 2000
"""Of a longer line the beginning is read."""
MOST_METRICS = 24
"""Names; what comes after them is not followed."""
TRACE_LINES = 40
MOST_ERRORS = 8
LAST_LINES = 6

NUMBER = (
    rb"([+-]?(?:\d{1,3}(?:,\d{3})+(?![\d,])(?:\.\d+)?|\d[\d_]*\.?\d*(?:e[+-]?\d+)?"
    rb"|\.\d+(?:e[+-]?\d+)?|nan|inf(?:inity)?))"
    rb"(?:\s*(ms|us|s)\b|(?![\w.]))"
)
PAIR = re.compile(
    # Not from the middle of a name, or a long word would take the square of its length.
    rb"(?<![\w./-])(?:([a-z_][\w./-]*)[\"']?\s*[:=]\s*[\"']?"
    rb"|(step|iter|iteration|epoch|loss|\w{1,20}[_ ]loss|time|mfu|lr)\s+)" + NUMBER,
    re.IGNORECASE,
)
STEPS = ("step", "global_step", "iter", "iteration", "it", "steps", "update")
EPOCHS = ("epoch",)
CLOCKS = re.compile(r"(^|_)(train_?time|time|elapsed|wall|seconds?)(_|$)|^(t|dt)$")
ELAPSED = re.compile(r"(^|_)(train_?time|elapsed|wall(_?time|_?clock)?|total_time|run_?time)(_|$)")
"""Clocks that may run since the start; one that ever goes back does not."""
UNITS = {b"ms": 1e-3, b"us": 1e-6, b"s": 1.0, b"": 1.0}
TRACEBACK = b"Traceback (most recent call last)"
ERROR = re.compile(
    rb"error|exception|out of memory|killed|assert|fatal|segmentation|nan detected", re.IGNORECASE
)
INTERESTING = re.compile(rb"loss|step|iter|epoch|acc|[=:]\s*[\"']?[-+]?(?:\d|nan|inf)", re.IGNORECASE)
DIGITS = re.compile(r"\d+")


@dataclass
class TrainingLog:
    """Feed it the bytes; then read its fields."""

    size: int = 0
    lines: int = 0
    curves: dict[str, Curve] = field(default_factory=dict)
    """By the metric's name in lower case."""
    clocks: dict[str, float] = field(default_factory=dict)
    """The last value of each name that tells a time, in seconds where a unit was given."""
    step: float | None = None
    """The last step that was named."""
    clock: str = ""
    """The name that tells how long it has run."""
    timed: dict[str, Curve] = field(default_factory=dict)
    """The curves over seconds by that clock instead of steps; empty where there is none."""
    seen: dict[str, Curve] = field(default_factory=dict)
    """The curves over the seconds at which they were fed, as far as those were told."""
    trace: list[str] = field(default_factory=list)
    """The last traceback, its middle left out if it is long."""
    traces: int = 0
    errors: dict[str, tuple[str, int]] = field(default_factory=dict)
    """Lines that look like errors, and how many differ from them only in numbers."""
    _last: deque[bytes] = field(default_factory=lambda: deque(maxlen=LAST_LINES))
    _rest: bytes = b""
    _skipping: bool = False
    _tracing: int | None = None
    """Columns before `Traceback`, while its lines come."""
    _fed_at: float | None = None
    _runs_back: bool = False

    def feed(self, data: bytes, seconds: float | None = None) -> None:
        """`seconds`: how long it had run when these bytes came, if that is known."""
        self._fed_at = seconds
        self.size += len(data)
        pieces = (self._rest + data.replace(b"\r", b"\n")).split(b"\n")
        self._rest = pieces.pop()
        for piece in pieces:
            if self._skipping:  # the end of a line that was too long
                self._skipping = False
            else:
                self._line(piece[:LINE_BYTES])
        if len(self._rest) > LINE_BYTES:
            if not self._skipping:
                self._line(self._rest[:LINE_BYTES])
            self._rest, self._skipping = b"", True

    def finish(self) -> None:
        """What came after the last newline is a line, too."""
        if self._rest and not self._skipping:
            self._line(self._rest)
        self._rest = b""

    @property
    def last(self) -> list[str]:
        return [text_of(line) for line in self._last]

    def _line(self, line: bytes) -> None:
        if not line.strip():
            return
        self.lines += 1
        self._last.append(line)
        if self._tracing is not None:
            self._follow_trace(line)
        elif (at := line.find(TRACEBACK)) >= 0:
            self._tracing, self.trace = at, [text_of(line)]
            self.traces += 1
        elif not (INTERESTING.search(line) and self._metrics(line)) and ERROR.search(line):
            self._error(text_of(line))

    def _follow_trace(self, line: bytes) -> None:
        assert self._tracing is not None
        if len(self.trace) >= TRACE_LINES:
            del self.trace[TRACE_LINES // 2]
        self.trace.append(text_of(line))
        # Its last line is the first one that is not indented: the error itself.
        if not line[self._tracing : self._tracing + 1].isspace():
            self._tracing = None
            self._error(text_of(line))

    def _error(self, text: str) -> None:
        alike = DIGITS.sub("0", text)
        first, count = self.errors.get(alike, (text, 0))
        if count or len(self.errors) < MOST_ERRORS:
            self.errors[alike] = (first, count + 1)

    def _metrics(self, line: bytes) -> bool:
        """Whether the line held any."""
        values: list[tuple[str, float]] = []
        epoch = None
        for equal, word, number, unit in PAIR.findall(line):
            kind, name = kind_of(equal or word)
            value = float(number.replace(b"_", b"").replace(b",", b""))
            if kind == "metric" and not unit:
                values.append((name, value))
            elif kind == "step":
                self.step = value if math.isfinite(value) else self.step
            elif kind == "epoch":
                epoch = value
            elif name in self.clocks or len(self.clocks) < MOST_METRICS:
                self._time(name, value * UNITS[unit.lower()])
        where = epoch if self.step is None else self.step
        for name, value in values:
            add(self.curves, name, where, value)
            if self.clock:
                add(self.timed, name, self.clocks[self.clock], value)
            if self._fed_at is not None:
                add(self.seen, name, self._fed_at, value)
        return bool(values)

    def _time(self, name: str, seconds: float) -> None:
        before = self.clocks.get(name)
        self.clocks[name] = seconds
        if not self.clock and not self._runs_back and ELAPSED.search(name):
            self.clock = name
        elif name == self.clock and before is not None and not seconds >= before:
            self.clock, self._runs_back = "", True
            self.timed.clear()


def add(curves: dict[str, Curve], name: str, where: float | None, value: float) -> None:
    """`where` None: the points are counted. Of a name too many nothing is kept."""
    curve = curves.get(name)
    if curve is None:
        if len(curves) >= MOST_METRICS:
            return
        curve = curves[name] = Curve(name)
    curve.add(float(curve.count) if where is None else where, value)


@lru_cache(maxsize=1024)
def kind_of(written: bytes) -> tuple[Literal["step", "epoch", "clock", "metric"], str]:
    """What a name tells, and the name in lower case."""
    name = written.decode("ascii", "replace").lower().strip("./-")
    if name in STEPS or name in EPOCHS:
        return ("step" if name in STEPS else "epoch"), name
    return ("clock" if CLOCKS.search(name) else "metric"), name


def text_of(line: bytes) -> str:
    return line.decode("utf-8", "replace").rstrip()
