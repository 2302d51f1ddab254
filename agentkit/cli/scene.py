"""Scene: what a watcher of a run needs to know now, as a fold over its events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from agentkit.cli.curve import Point, Trace
from agentkit.cli.figures import first_line
from agentkit.cli.scale import Scale, read_scale
from agentkit.cli.sentences import STAGES, is_demonstration, notes_of, say_event
from agentkit.contracts.events import Event

ALONG = (("cpu_seconds", "CPU seconds"), ("seconds", "seconds"), ("step", "steps"))
"""What a loss is drawn over: the first of these that is told."""
NOTES_KEPT = 3
QUIET = ("waiting", "output", "progress", "stage", "selected", "calibrating", "calibrated")
"""Kinds that have a place of their own on the screen."""
SILENCE = 3.0
"""Seconds."""


@dataclass
class Row:
    """One attempt as it is drawn. `status` is empty while it is under way."""

    id: str
    operator: str
    parents: tuple[str, ...]
    stages: list[str] = field(default_factory=list)
    status: str = ""
    metrics: Mapping[str, float] = field(default_factory=dict)
    reason: str = ""
    plan: str = ""
    share: float | None = None
    """How far it came from the start (0) to the reference (1), by one measurement."""
    done: bool = False


@dataclass
class Scene:
    """Apply events in order; what it does not know it lets be."""

    facts: Mapping[str, Any] = field(default_factory=dict)
    """The data of `run_started`."""
    rows: dict[str, Row] = field(default_factory=dict)
    traces: dict[str, Trace] = field(default_factory=dict)
    """By purpose; x is CPU seconds where they are told, else wall seconds, else steps."""
    purpose: str = ""
    """Of the newest progress; empty when nothing trains."""
    progress: Mapping[str, Any] = field(default_factory=dict)
    activity: str = ""
    """The newest thing that was done, in words."""
    output: str = ""
    """The last line that the running command wrote."""
    waiting: str = ""
    closing: str = ""
    """What is done after the last attempt, in words."""
    scale: Scale | None = None
    answer: Mapping[str, Any] | None = None
    judged: Mapping[str, Any] | None = None
    ended: Mapping[str, Any] | None = None
    notes: list[str] = field(default_factory=list)
    tokens: int = 0
    dollars: float | None = 0.0
    _worked: float = 0.0
    _last: float | None = None
    _shown: float = 0.0

    def apply(self, event: Event) -> None:
        self._clock(event)
        fold = getattr(self, f"_on_{event.kind}", None)
        if fold is not None:
            fold(event)
        if event.number >= 0:
            self.waiting = ""
        if event.kind not in QUIET:
            self.activity = say_event(event) or self.activity

    def elapsed(self, now: float) -> float:
        """Seconds of work, pauses between an interruption and a resume left out."""
        if self._last is None:
            return 0.0
        return self._worked + (0.0 if self.ended else max(0.0, now - self._last))

    @property
    def running(self) -> list[Row]:
        return [row for row in self.rows.values() if not row.done]

    @property
    def demonstration(self) -> bool:
        return is_demonstration(str(self.facts.get("model", "")))

    @property
    def caps(self) -> Mapping[str, Any]:
        found = self.facts.get("budget") or self.facts.get("caps") or {}
        return found if isinstance(found, Mapping) else {}

    @property
    def best(self) -> Row | None:
        """The attempt that came furthest; without a scale, the last valid one."""
        valid = [row for row in self.rows.values() if row.status == "valid"]
        return max(valid, key=lambda row: -1e9 if row.share is None else row.share) if valid else None

    def curves(self) -> list[list[Point]]:
        """The training at hand, and behind it the best one so far."""
        now = self.traces.get(self.purpose)
        best = self.best
        behind = self.traces.get(f"attempt {best.id}") if best else None
        if behind is None or behind is now:
            behind = self._calibration()
        drawn = [now.all() if now else []]
        if behind is not None and behind is not now:
            drawn.append(behind.all())
        return drawn

    def _calibration(self) -> Trace | None:
        starts = [trace for purpose, trace in self.traces.items() if purpose.startswith("calibration start")]
        return starts[-1] if starts else None

    def _clock(self, event: Event) -> None:
        if event.kind in ("run_started", "run_resumed"):
            self.ended = None
        elif self._last is not None:
            self._worked += max(0.0, event.time - self._last)
        self._last = event.time

    def _on_run_started(self, event: Event) -> None:
        self.facts = event.data
        self.notes = notes_of(event.data)

    def _on_run_resumed(self, event: Event) -> None:
        self._on_run_started(event)
        for row in self.running:
            row.stages.clear()  # what was under way begins again, and is told again
        self.purpose, self.output = "", ""

    def _on_selected(self, event: Event) -> None:
        parents = tuple(event.data.get("parents") or ())
        operator = str(event.data.get("operator", ""))
        self.rows.setdefault(event.attempt, Row(event.attempt, operator, parents))

    def _on_stage(self, event: Event) -> None:
        stage = str(event.data.get("stage", ""))
        if not event.attempt:
            self.closing = STAGES.get(stage, stage)
        elif stage not in self._row(event).stages[-1:]:
            self._row(event).stages.append(stage)
        if stage != "run":
            self.purpose, self.output = "", ""

    def _on_plan(self, event: Event) -> None:
        self._row(event).plan = first_line(str(event.data.get("text", "")))

    def _on_reply(self, event: Event) -> None:
        usage = event.data.get("usage") or {}
        self.tokens += int(usage.get("input_tokens", 0)) + int(usage.get("output_tokens", 0))
        price = usage.get("dollars")
        self.dollars = None if price is None or self.dollars is None else self.dollars + price

    def _on_outcome(self, event: Event) -> None:
        self._verdict(self._row(event), event.data)

    def _on_attempt(self, event: Event) -> None:
        row = self._row(event)
        row.operator = str(event.data.get("operator") or row.operator)
        row.parents = tuple(event.data.get("parents") or row.parents)
        self._verdict(row, event.data.get("outcome") or {})
        if self.scale and row.status == "valid" and self.scale.metric in row.metrics:
            row.share = self.scale.share(row.metrics[self.scale.metric])
        row.done = True

    def _on_progress(self, event: Event) -> None:
        data, purpose = event.data, str(event.data.get("purpose", ""))
        # Of several trainings at once one is shown, until it has been silent for a while.
        if purpose == self.purpose or not self.purpose or event.time - self._shown > SILENCE:
            self.purpose, self.progress, self._shown = purpose, data, event.time
        along = [data[key] for key, _ in ALONG if data.get(key) is not None]
        if data.get("loss") is None or not along:
            return
        trace = self.traces.setdefault(purpose, Trace())
        if trace.last is not None and along[0] < trace.last[0]:
            trace = self.traces[purpose] = Trace()  # the same training, begun anew
        trace.add(float(along[0]), float(data["loss"]))

    def _on_output(self, event: Event) -> None:
        lines = [line for line in str(event.data.get("text", "")).splitlines() if line.strip()]
        self.output = lines[-1][:500] if lines else self.output

    def _on_waiting(self, event: Event) -> None:
        self.waiting = say_event(event)

    def _on_calibrating(self, event: Event) -> None:
        self.purpose, self.progress, self.output = str(event.data.get("purpose", "")), {}, ""
        self._shown = event.time

    def _on_calibrated(self, event: Event) -> None:
        self.scale = read_scale(event.data)
        self.purpose, self.output = "", ""

    def _on_answer(self, event: Event) -> None:
        self.answer = {"attempt": event.attempt, **event.data}

    def _on_judged(self, event: Event) -> None:
        self.judged = event.data

    def _on_note(self, event: Event) -> None:
        self.notes = [*self.notes, say_event(event)][-NOTES_KEPT:]

    def _on_run_ended(self, event: Event) -> None:
        self.ended = event.data
        self.purpose, self.output = "", ""

    def _row(self, event: Event) -> Row:
        return self.rows.setdefault(event.attempt, Row(event.attempt, "", ()))

    def _verdict(self, row: Row, outcome: Mapping[str, Any]) -> None:
        row.status = str(outcome.get("status", row.status))
        row.metrics = outcome.get("metrics") or row.metrics
        row.reason = first_line(str(outcome.get("reason", "")))
