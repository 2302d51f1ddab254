"""One judging: programs, then the panel, then a report that is complete by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from agentkit.contracts.rubric import JudgeReport, Rubric
from agentkit.judge.evidence import Evidence, Finding
from agentkit.judge.ledger import Ledger
from agentkit.judge.panel.judge import Judge
from agentkit.judge.panel.panel import Panel
from agentkit.judge.panel.settings import PanelSettings
from agentkit.judge.reports.markdown import markdown
from agentkit.judge.reports.page import page
from agentkit.judge.score import NOBODY, Grader, decide, judge
from agentkit.judge.snapshot import Snapshot, take_snapshot
from agentkit.runs.judging.place import (
    JUDGING,
    MARKDOWN,
    PAGE,
    REPORT,
    SNAPSHOT,
    JudgingPlace,
    Told,
    seat_of,
)
from agentkit.runs.judging.recorded import keep


@dataclass(frozen=True)
class Judging:
    """By what work is judged, and by whom. Without judges, programs alone decide."""

    rubric: Rubric
    rubric_file: Path
    judges: Sequence[Judge] = ()
    settings: PanelSettings = PanelSettings()
    task: str = ""
    """What was asked of the candidate."""


async def judge_on_record(
    judging: Judging, evidence: Evidence, place: JudgingPlace, ledger: Ledger
) -> JudgeReport:
    """The report, which is in the folder too, with all that a replay needs."""
    told = Told(
        rubric_file=str(judging.rubric_file),
        rubric=judging.rubric,
        task=judging.task,
        panel=tuple(map(seat_of, judging.judges)),
        settings=judging.settings,
    )
    place.write(JUDGING, told.model_dump_json(indent=2) + "\n")
    snapshot = take_snapshot(evidence)
    findings = await decide(judging.rubric, evidence)
    place.write(SNAPSHOT, keep(snapshot, findings))
    report = await report_on(judging, evidence, snapshot, findings, ledger)
    place.write(REPORT, report_text(report))
    place.write(PAGE, page(report))
    place.write(MARKDOWN, markdown(report))
    return report


async def report_on(
    judging: Judging,
    evidence: Evidence,
    snapshot: Snapshot,
    findings: Mapping[str, Finding],
    ledger: Ledger,
) -> JudgeReport:
    """From what programs found to the report; a replay begins here."""
    grader: Grader = NOBODY
    if judging.judges:
        grader = Panel(judging.judges, judging.settings, ledger, task_text=judging.task, snapshot=snapshot)
    report = await judge(judging.rubric, evidence, grader, findings)
    if isinstance(grader, Panel):
        report = grader.facts.added_to(report)
    else:
        report = report.model_copy(update={"snapshot_digest": snapshot.digest, "notes": snapshot.notes})
    return report.model_copy(update={"floor": judging.settings.floor})


def report_text(report: JudgeReport) -> str:
    return report.model_dump_json(indent=2) + "\n"
