"""RunState: everything a run knows, as a fold over its journal.

Nothing here is stored anywhere else, so a resumed run knows exactly what the first one knew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from agentkit.contracts.attempt import Attempt, Expansion
from agentkit.contracts.events import Event
from agentkit.contracts.messages import Usage
from agentkit.contracts.outcome import Outcome
from agentkit.journal.ledger import Ledger
from agentkit.journal.proof import NO_RECORD, RECORD
from agentkit.journal.tree import Tree


@dataclass(frozen=True)
class Selected:
    """An attempt that was decided on: its id, its intention, its place among those of its operator."""

    id: str
    expansion: Expansion
    nth: int
    number: int
    """0 for the first attempt of the run."""


@dataclass
class RunState:
    """Apply events in order; unknown kinds are counted and otherwise let be."""

    count: int = 0
    tree: Tree = field(default_factory=Tree)
    selected: dict[str, Selected] = field(default_factory=dict)
    replies: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    """Call position key to the data of its `reply` event."""
    prompts: dict[str, str] = field(default_factory=dict)
    """Call position key of a stage's first call to the blob that holds its messages."""
    tools: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    """Call position key and call number to the data of its `tool` event."""
    results: dict[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)
    """(attempt, kind) to the data of the last such event: plan, coded, outcome, review."""
    jobs: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    """Full name of a job to the data of its `job` event, for as long as no `job_ended` followed."""
    ledger: Ledger = field(default_factory=Ledger)
    measured: list[tuple[str, Outcome]] = field(default_factory=list)
    calibrated: Mapping[str, Any] | None = None
    answer: Mapping[str, Any] | None = None
    answered: int = 0
    """How many attempts had finished when the answer was chosen."""
    judged: Mapping[str, Any] | None = None
    confirmed: Mapping[str, Any] | None = None
    """The confirmation of the answer, a record or not."""
    caps: Mapping[str, Any] | None = None
    """Those of the last start or resume."""
    ended: Mapping[str, Any] | None = None
    reason: str = ""
    """Why the search ended, once it has."""
    started: float = 0.0
    worked: float = 0.0
    """Wall seconds in which a process was at work on this run, pauses between processes left out."""
    _last: float = 0.0

    def apply(self, event: Event) -> None:
        self.count = event.number + 1
        self._clock(event)
        fold = getattr(self, f"_on_{event.kind}", None)
        if fold is not None:
            fold(event)

    @property
    def pending(self) -> list[Selected]:
        """Decided on and not finished, oldest first."""
        return [each for id, each in self.selected.items() if id not in self.tree.attempts]

    def seconds_worked(self, now: float) -> float:
        """Like `worked`, with the time since the last event. `now` in seconds since the epoch."""
        return self.worked + max(0.0, now - self._last) if self.count else 0.0

    def _clock(self, event: Event) -> None:
        if event.kind in ("run_started", "run_resumed"):
            self.started = self.started or event.time
            self.ended = None
            self.ledger.lose_open_calls()
        elif event.kind not in (RECORD, NO_RECORD):  # they come after the run, perhaps by days
            self.worked += max(0.0, event.time - self._last)
        self._last = event.time

    def _on_selected(self, event: Event) -> None:
        expansion = Expansion(
            operator=event.data["operator"],
            parents=tuple(event.data["parents"]),
            params=event.data["params"],
            reason=event.data.get("reason", ""),
        )
        nth = sum(each.expansion.operator == expansion.operator for each in self.selected.values())
        self.selected[event.attempt] = Selected(event.attempt, expansion, nth, len(self.selected))

    def _on_reply(self, event: Event) -> None:
        self.replies[event.data["key"]] = event.data
        usage = Usage.model_validate(event.data["usage"])
        self.ledger.settle(event.attempt, event.data["key"], usage, event.data.get("seconds", 0.0))

    def _on_asked(self, event: Event) -> None:
        self.ledger.asked(event.attempt, event.data["key"], Usage.model_validate(event.data["bound"]))
        if "prompt" in event.data:
            self.prompts[event.data["key"]] = event.data["prompt"]

    def _on_cut(self, event: Event) -> None:
        usage = Usage.model_validate(event.data["usage"])
        self.ledger.settle(event.attempt, event.data["key"], usage, event.data.get("seconds", 0.0))

    def _on_tool(self, event: Event) -> None:
        self.tools[event.data["key"]] = event.data

    def _on_plan(self, event: Event) -> None:
        self.results[event.attempt, "plan"] = event.data

    def _on_coded(self, event: Event) -> None:
        self.results[event.attempt, f"coded{event.data.get('repair', 0)}"] = event.data
        self.ledger.coded(event.attempt)

    def _on_job(self, event: Event) -> None:
        self.jobs[event.data["job"]] = event.data

    def _on_job_ended(self, event: Event) -> None:
        self.jobs.pop(event.data["job"], None)
        # Both a process that was killed and the one that resumed may have seen its end.
        process = (event.data["place"], event.data["pid"], event.data["started"])
        self.ledger.job_ended(event.attempt, process, event.data["gpu_seconds"])

    def _on_outcome(self, event: Event) -> None:
        self.results[event.attempt, f"outcome{event.data.get('repair', 0)}"] = event.data
        self.ledger.computed(event.attempt, event.data)

    def _on_review(self, event: Event) -> None:
        self.results[event.attempt, "review"] = event.data

    def _on_attempt(self, event: Event) -> None:
        self.tree.add(Attempt.model_validate(event.data))

    def _on_measured(self, event: Event) -> None:
        outcome = Outcome.model_validate(event.data["outcome"])
        self.measured.append((event.attempt, outcome))
        self.ledger.computed("", outcome)

    def _on_stage(self, event: Event) -> None:
        if event.data["stage"] == "finalise":
            self.reason = event.data["reason"]
        # What a prompt said of budget and best so far is kept: a resumed stage must say the same again.
        self.results.setdefault((event.attempt, f"began {event.data['stage']}"), event.data)

    def _on_calibrated(self, event: Event) -> None:
        self.calibrated = event.data["calibration"]

    def _on_run_started(self, event: Event) -> None:
        self.caps = event.data.get("caps", self.caps)

    def _on_run_resumed(self, event: Event) -> None:
        self.caps = event.data.get("caps", self.caps)

    def _on_answer(self, event: Event) -> None:
        self.answer, self.judged, self.confirmed = event.data, None, None
        self.answered = len(self.tree.attempts)

    def _on_judged(self, event: Event) -> None:
        self.judged = event.data

    def _on_record(self, event: Event) -> None:
        self.confirmed = event.data

    def _on_no_record(self, event: Event) -> None:
        self.confirmed = event.data

    def _on_run_ended(self, event: Event) -> None:
        self.ended = event.data
