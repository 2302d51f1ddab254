"""One check of one task: its health, and the exploits that were chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from agentkit.contracts.sandbox import Sandbox
from agentkit.contracts.task import Task
from agentkit.errors import RunFailed
from agentkit.runs.calibrate import calibrate, silent
from agentkit.runs.checks.exploit import NamedExploit
from agentkit.runs.checks.health import Finding, check_digests, check_ends, check_masks
from agentkit.runs.checks.trial import Trial, TrialBench
from agentkit.search.progress import Tell


@dataclass(frozen=True)
class Report:
    """What was found about the task, and what became of each exploit."""

    findings: Sequence[Finding]
    trials: Sequence[Trial]

    @property
    def failed(self) -> bool:
        bad = any(finding.state == "failed" for finding in self.findings)
        return bad or any(trial.failed for trial in self.trials)


async def check_task(
    task: Task,
    again: Task,
    sandbox: Sandbox,
    cache: Path,
    place: Path,
    exploits: Sequence[NamedExploit],
    *,
    repeats: int = 3,
    tell: Tell = silent,
) -> Report:
    """`again`: the same task, loaded a second time. `place`: an empty folder for candidates and logs."""
    environment = task.evaluator.prepare(cache)
    findings = [
        check_digests(task, again),
        await check_masks(task, environment, sandbox),
        *await measure_ends(task, sandbox, cache, repeats, tell),
    ]
    trials: list[Trial] = []
    if exploits:
        bench = TrialBench(task, sandbox, cache, place, tell)
        await bench.open(exploits)
        trials = [await bench.run(each) for each in exploits]
    return Report(findings, trials)


async def measure_ends(
    task: Task, sandbox: Sandbox, cache: Path, repeats: int, tell: Tell
) -> Sequence[Finding]:
    if not task.solution:
        detail = "the task has no reference solution, so nothing shows that it can be solved"
        return [Finding("oracle passes", "warning", detail, "add one; see docs/exploits.md")]
    try:
        calibration = await calibrate(task, sandbox, cache, pairs=repeats, tell=tell)
    except RunFailed as error:
        return [Finding("both ends run", "failed", "; ".join([error.message, *error.lines[-3:]]))]
    return check_ends(task, calibration)
