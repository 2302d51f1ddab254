"""A run folder as a row: from its summary where that is newer than its journal, else from the journal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from agentkit.contracts.budget import Budget
from agentkit.contracts.summary import Summary
from agentkit.errors import AgentkitError
from agentkit.runs.folder import RunFolder
from agentkit.runs.sweeps.ends import end_of_reason
from agentkit.runs.tables.row import RowState, RunRow
from agentkit.runs.writer import find_writer

NO_LIVE_MODEL = ("simulated/", "scripted/")
ROLES = ("planner_model", "coder_model", "reviewer_model")
IN_COLUMNS = {"model", "scaffold", "hints", "notes", "profile", "sandbox", "seed", *Budget.model_fields}
PLACES = {"runs_folder", "cache_folder"}
"""Where things lie decides nothing about a run."""
STATES: Mapping[str, RowState] = {"ended": "finished", "failed": "failed", "interrupted": "interrupted"}
CUT_OFF = "no process is at work on it: agentkit resume goes on"


def read_run(path: str | Path) -> RunRow:
    """A run that cannot be read is a row too: it must not hide the others, nor be forgotten."""
    path = Path(path)
    try:
        summary = written_summary(path) or fresh_summary(path)
        return row_of(summary, path)
    except AgentkitError as error:
        reason = error.message
    except (KeyError, TypeError, ValueError) as error:
        # A manifest or a record that lacks what it must have.
        reason = f"damaged: {next(iter(str(error).splitlines()), '')}"
    return RunRow(run=path.name, folder=str(path), state="missing", reason=f"cannot be read: {reason}")


def written_summary(path: Path) -> Summary | None:
    """summary.json of a run that ended; None where the journal says more, or the file has another form."""
    file = path / "summary.json"
    try:
        if file.stat().st_mtime_ns < (path / "journal.jsonl").stat().st_mtime_ns:
            return None
        summary = Summary.model_validate_json(file.read_bytes())
    except (OSError, ValueError):
        return None
    return None if summary.state == "running" else summary


def fresh_summary(path: Path) -> Summary:
    """Folded from the journal. Raises RunProblem, ValueError, KeyError."""
    from agentkit.runs.manifest import SCHEMA  # with all that makes a plan: few runs need it

    folder = RunFolder(path)
    schema = folder.manifest.get("schema", SCHEMA)
    if schema != SCHEMA:
        raise ValueError(f"its run.json is of version {schema}, and this agentkit reads version {SCHEMA}")
    return folder.summary()


def row_of(summary: Summary, path: Path) -> RunRow:
    """`path`: where the run lies now."""
    settings = summary.settings
    state, reason = state_of(summary, path)
    answer, ends, judge = summary.best, summary.reference, summary.judge
    metric, unit = (ends.metric, ends.unit) if ends else metric_of(path) if answer else ("", "")
    low, high = (answer and answer.fsr_interval) or (None, None)
    return RunRow(
        run=path.name,
        folder=str(path),
        state=state,
        reason=reason,
        task=summary.task,
        profile=summary.profile,
        scaffold=summary.scaffold,
        model=summary.model,
        simulated=summary.simulated or is_simulated(settings, summary.model),
        hints="+".join(summary.hints) or "none",
        notes="+".join(Path(each).name for each in settings.get("notes") or ()),
        sandbox=summary.sandbox,
        seed=summary.seed,
        score=score_of(summary, path) if state == "finished" else None,
        score_low=low,
        score_high=high,
        answer=answer.attempt if answer else "",
        metric=metric,
        value=answer.metrics.get(metric) if answer else None,
        unit=unit,
        loss=answer.loss if answer else None,
        trust=answer.trust if answer else None,
        isolation=answer.isolation if answer else "",
        judge_score=judge.headline if judge else None,
        attempts=len(summary.attempts),
        valid_attempts=sum(each.status == "valid" for each in summary.attempts),
        tokens=summary.budget.tokens,
        dollars=summary.budget.dollars,
        minutes=summary.budget.minutes,
        gpu_seconds=sum(each.cost.gpu_seconds for each in summary.attempts),
        reference_start=ends.start if ends else None,
        reference_target=ends.target if ends else None,
        reference_source=ends.source if ends else "",
        measurable=ends.measurable if ends else None,
        caps=summary.budget.caps,
        settings=dict(
            flat({name: each for name, each in settings.items() if name not in IN_COLUMNS | PLACES})
        ),
    )


def is_simulated(settings: Mapping[str, Any], model: str) -> bool:
    names = [model, *(str(settings.get(role) or "") for role in ROLES)]
    return any(name.startswith(NO_LIVE_MODEL) for name in names)


def state_of(summary: Summary, path: Path) -> tuple[RowState, str]:
    if summary.state == "running":
        return ("running", "") if find_writer(path) is not None else ("interrupted", CUT_OFF)
    # A run whose model went away ends in good order, with less than its budget: that is no result.
    if summary.state == "ended" and end_of_reason(summary.reason) != "finished":
        return "failed", summary.reason
    return STATES[summary.state], summary.reason


def score_of(summary: Summary, path: Path) -> float | None:
    """Of a finished run. Without an answer it has recovered nothing, where its task has a scale to say so."""
    if summary.best is not None:
        return summary.best.fsr
    return 0.0 if has_scale(summary, path) else None


def has_scale(summary: Summary, path: Path) -> bool:
    """Whether the target is better than the start, so that an answer would have had a score."""
    ends = summary.reference
    if ends is None:
        return False
    if ends.measurable:
        return True
    if ends.gap_in_errors is not None:
        return ends.gap_in_errors > 0
    lower = RunFolder(path).manifest["metric"]["lower_is_better"]
    return bool(ends.target < ends.start if lower else ends.target > ends.start)


def metric_of(path: Path) -> tuple[str, str]:
    """Name and unit, where no ends tell them."""
    metric = RunFolder(path).manifest["metric"]
    return metric["name"], metric["unit"]


def flat(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """`{"a": {"b": 1}}` as `a.b`, 1; an empty table has nothing to say."""
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value
