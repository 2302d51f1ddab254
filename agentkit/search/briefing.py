"""What each prompt is filled with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from agentkit.contracts.attempt import Attempt
from agentkit.contracts.locked import LockedRegions
from agentkit.contracts.outcome import Outcome
from agentkit.contracts.scaffold import Situation
from agentkit.errors import AgentkitError, BrokenPlugin
from agentkit.search.ask import standing
from agentkit.search.context import AttemptWork
from agentkit.search.knowledge import Knowledge
from agentkit.search.memory import as_table
from agentkit.search.situation import situation
from agentkit.search.text import BYTES_OF_A_TOKEN, cut, tail

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
        "other_diff": cut(work.diff(work.run.start, other.snapshot), DIFF_CHARS) if other else "",
    }


def debug_values(work: AttemptWork) -> dict[str, str]:
    failed = work.parents[0]
    grandparent = _snapshot_before(work, failed)
    return {
        **_shared(work, "debug"),
        "files": work.files(failed.snapshot),
        "parent": failed.id,
        "parent_plan": failed.plan or "(no plan was written)",
        "parent_diff": cut(work.diff(grandparent, failed.snapshot), DIFF_CHARS) or "(nothing)",
        "parent_result": describe(failed.outcome),
        "parent_log": tail(failed.outcome.log, LOG_CHARS),
    }


def code_values(work: AttemptWork, snapshot: str) -> dict[str, str]:
    plan = work.run.journal.state.results.get((work.id, "plan"))
    return {
        **_shared(work, "code"),
        "files": work.files(snapshot),
        "plan": plan["text"] if plan else "(none: choose your own way)",
        "editable": "; ".join([", ".join(work.run.task.editable), *locked(work.run.task.locked_regions)]),
    }


def locked(regions: Mapping[str, LockedRegions]) -> list[str]:
    return [f"in {path} all but {', '.join(each.parts)}" for path, each in regions.items()]


def repair_values(work: AttemptWork, repair: int) -> dict[str, str]:
    outcome = work.run.journal.state.results[work.id, f"outcome{repair - 1}"]
    return {
        "status": str(outcome["status"]),
        "reason": str(outcome["reason"]),
        "log": tail(str(outcome["log"]), LOG_CHARS),
    }


def review_values(work: AttemptWork, outcome: Outcome, snapshot: str) -> dict[str, str]:
    diff = work.diff(work.base, snapshot)
    plan = work.run.journal.state.results.get((work.id, "plan"))
    return {
        "attempt": work.id,
        "plan": plan["text"] if plan else "(none)",
        "diff": cut(diff, DIFF_CHARS) or "(nothing)",
        "result": describe(outcome),
        "log": tail(outcome.log, LOG_CHARS),
    }


def consult_values(work: AttemptWork, stage: str) -> dict[str, str]:
    """For a question of an author's own graph: what there is of the attempt so far."""
    results, passes = work.run.journal.state.results, 0
    while (work.id, f"coded{passes}") in results:
        passes += 1
    snapshot = results[work.id, f"coded{passes - 1}"]["snapshot"] if passes else work.base
    ran = results.get((work.id, f"outcome{passes - 1}"))
    plan = results.get((work.id, "plan"))
    return {
        **_shared(work, stage),
        "files": work.files(snapshot),
        "plan": plan["text"] if plan else "(none)",
        "diff": cut(work.diff(work.base, snapshot), DIFF_CHARS) or "(nothing)",
        "result": describe(read_outcome(ran)) if ran else "(it has not run yet)",
        "log": tail(str(ran["log"]), LOG_CHARS) if ran else "",
    }


def read_outcome(data: Mapping[str, Any]) -> Outcome:
    """The outcome in an `outcome` event's data."""
    return Outcome.model_validate({key: value for key, value in data.items() if key != "repair"})


def describe(outcome: Outcome) -> str:
    """A verdict in one line. What broke the rules has no figures: they would teach that it pays."""
    shown = {} if outcome.status == "flagged" else outcome.metrics
    figures = ", ".join(f"{name} {value:.6g}" for name, value in shown.items())
    parts = [outcome.status, figures, outcome.reason]
    parts += [f"flag {flag.code}: {flag.evidence}" for flag in outcome.flags]
    return "; ".join(part for part in parts if part)


def _shared(work: AttemptWork, stage: str) -> dict[str, str]:
    operator, now = work.operator, situation(work, stage)
    first = stage != "code" or operator.opening == "none"
    in_parts = first and any(isinstance(each, Knowledge) for each in operator.sections)
    hints = "(what bears on this attempt is below)" if in_parts and now.knowledge else now.knowledge
    return {
        "instructions": now.instructions,
        "hints": hints or "(none)",
        "standing": standing(work, stage),
        "memory": memory(work, now),
        "sections": sections(work, now) if first else "",
        "attempt": work.id,
        "metric": now.metric.name,
    }


def memory(work: AttemptWork, now: Situation) -> str:
    """The table of what the operator's memory view lets through."""
    view, room = work.operator.memory, BYTES_OF_A_TOKEN * work.operator.memory_tokens
    with blamed(work, "The memory view"):
        return as_table(view(now.tree, now.expansion) if view else (), now.metric, room)


def sections(work: AttemptWork, now: Situation) -> str:
    """The operator's own, each with a blank line after it, so that what follows in a prompt stays apart."""
    with blamed(work, "A section"):
        texts = [section(now).strip() for section in work.operator.sections]
    return "".join(f"{text}\n\n" for text in texts if text)


@contextmanager
def blamed(work: AttemptWork, what: str) -> Iterator[None]:
    """A scaffold's own code that fails is a fault of the scaffold."""
    try:
        yield
    except AgentkitError:
        raise
    except Exception as error:
        raise BrokenPlugin(
            f"{what} of the operator '{work.operator.name}' failed on attempt {work.id}: "
            f"{type(error).__name__}: {error}",
            f"Next: mend it, then `agentkit resume {work.run.folder}`; nothing is lost.",
        ) from error


def _snapshot_before(work: AttemptWork, attempt: Attempt) -> str:
    """The files that attempt had started from."""
    if not attempt.parents:
        return work.run.start
    return work.run.journal.state.tree.attempts[attempt.parents[0]].snapshot
