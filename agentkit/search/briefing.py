"""What each prompt is filled with."""

from __future__ import annotations

from agentkit.contracts.attempt import Attempt
from agentkit.contracts.outcome import Outcome
from agentkit.search.ask import Stage, standing
from agentkit.search.context import AttemptWork
from agentkit.search.memory import as_table

LOG_CHARS = 6000
DIFF_CHARS = 12_000


def plan_values(work: AttemptWork) -> dict[str, str]:
    """For draft, improve, crossover, and any scaffold's own opening prompt."""
    parent = work.parents[0] if work.parents else None
    other = work.parents[1] if len(work.parents) > 1 else None
    return {
        **_shared(work, "plan"),
        "files": work.files(work.base),
        "parent": parent.id if parent else "start",
        "parent_result": describe(parent.outcome) if parent else "",
        "other_diff": _cut(work.diff(work.run.start, other.snapshot), DIFF_CHARS) if other else "",
    }


def debug_values(work: AttemptWork) -> dict[str, str]:
    failed = work.parents[0]
    grandparent = _snapshot_before(work, failed)
    return {
        **_shared(work, "debug"),
        "files": work.files(failed.snapshot),
        "parent": failed.id,
        "parent_plan": failed.plan or "(no plan was written)",
        "parent_diff": _cut(work.diff(grandparent, failed.snapshot), DIFF_CHARS) or "(nothing)",
        "parent_result": describe(failed.outcome),
        "parent_log": _tail(failed.outcome.log, LOG_CHARS),
    }


def code_values(work: AttemptWork, snapshot: str) -> dict[str, str]:
    plan = work.run.journal.state.results.get((work.id, "plan"))
    return {
        **_shared(work, "code"),
        "files": work.files(snapshot),
        "plan": plan["text"] if plan else "(none: choose your own way)",
        "editable": ", ".join(work.run.task.editable),
    }


def repair_values(work: AttemptWork, repair: int) -> dict[str, str]:
    outcome = work.run.journal.state.results[work.id, f"outcome{repair - 1}"]
    return {
        "status": str(outcome["status"]),
        "reason": str(outcome["reason"]),
        "log": _tail(str(outcome["log"]), LOG_CHARS),
    }


def review_values(work: AttemptWork, outcome: Outcome, snapshot: str) -> dict[str, str]:
    diff = work.diff(work.base, snapshot)
    plan = work.run.journal.state.results.get((work.id, "plan"))
    return {
        "attempt": work.id,
        "plan": plan["text"] if plan else "(none)",
        "diff": _cut(diff, DIFF_CHARS) or "(nothing)",
        "result": describe(outcome),
        "log": _tail(outcome.log, LOG_CHARS),
    }


def describe(outcome: Outcome) -> str:
    """A verdict in one line. What broke the rules has no figures: they would teach that it pays."""
    shown = {} if outcome.status == "flagged" else outcome.metrics
    figures = ", ".join(f"{name} {value:.6g}" for name, value in shown.items())
    parts = [outcome.status, figures, outcome.reason]
    parts += [f"flag {flag.code}: {flag.evidence}" for flag in outcome.flags]
    return "; ".join(part for part in parts if part)


def _shared(work: AttemptWork, stage: Stage) -> dict[str, str]:
    run, memory = work.run, work.operator.memory
    seen = memory(run.journal.state.tree, work.selected.expansion) if memory else ()
    return {
        "instructions": run.task.instructions.strip(),
        "hints": run.hints.strip() or "(none)",
        "standing": standing(work, stage),
        "memory": as_table(seen, run.task.metric),
        "attempt": work.id,
        "metric": run.task.metric.name,
    }


def _snapshot_before(work: AttemptWork, attempt: Attempt) -> str:
    """The files that attempt had started from."""
    if not attempt.parents:
        return work.run.start
    return work.run.journal.state.tree.attempts[attempt.parents[0]].snapshot


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[:length]}\n… ({len(text) - length} characters left out)"


def _tail(text: str, length: int) -> str:
    return text if len(text) <= length else f"({len(text) - length} characters left out) …\n{text[-length:]}"
