"""Earlier runs: what helped in them, for operators that retrieve."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from agentkit.contracts.scaffold import Gain
from agentkit.contracts.task import Metric
from agentkit.runs.folder import RunFolder, open_run
from agentkit.search.retrieval import gains_of, noise_of, start_of

DIFF_CHARS = 20_000
"""A longer change is retrieved without its diff."""


def gains_of_runs(references: Sequence[str], runs_folder: Path) -> tuple[Gain, ...]:
    """Of each run in the order given, oldest first. Raises UnknownName or RunProblem for one that is none."""
    runs = [open_run(reference, runs_folder) for reference in references]
    return tuple(gain for run in dict.fromkeys(runs) for gain in gains_of_run(run))


def gains_of_run(run: RunFolder) -> list[Gain]:
    """By the run's own metric and the noise that was measured for it."""
    state, metric = run.state(), Metric.model_validate(run.manifest["metric"])
    task = str(run.manifest["task"])
    start = start_of(state.calibrated, metric, f"The start files of {task}.")
    found = gains_of(state.tree, metric, noise_of(state.calibrated, metric), start)
    return [gain.model_copy(update=named(run, task, gain)) for gain in found]


def named(run: RunFolder, task: str, gain: Gain) -> dict[str, str]:
    diff = run.diff(gain.attempt)
    return {"run": run.name, "task": task, "diff": diff if len(diff) <= DIFF_CHARS else ""}
