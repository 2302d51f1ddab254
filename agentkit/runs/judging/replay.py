"""A judging repeated from what its folder holds: nothing is asked, and the work need not be there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from agentkit.contracts.messages import ModelRequest, Reply
from agentkit.contracts.model import ModelCard
from agentkit.contracts.rubric import JudgeReport
from agentkit.errors import ModelProblem, RunProblem
from agentkit.judge.evidence import Evidence
from agentkit.judge.ledger import Ledger
from agentkit.judge.panel.judge import Judge
from agentkit.runs.judging.judging import Judging, report_on, report_text
from agentkit.runs.judging.place import REPORT, SNAPSHOT, JudgingPlace, Seat, unfinished
from agentkit.runs.judging.recorded import read_kept


@dataclass(frozen=True)
class Absent:
    """The model of a judge whose answers are all recorded. Implements Model."""

    name: str
    card: ModelCard
    offers_tools: bool = False

    async def reply(self, request: ModelRequest) -> Reply:
        raise ModelProblem(f"{self.name} is not asked in a replay.")


async def replay(folder: Path) -> tuple[str, JudgeReport]:
    """The report as text, and as a record. Raises RunProblem where the folder holds no judging, or not all
    of the answers that are needed."""
    place = JudgingPlace(folder)
    told = place.told
    if told is None:
        raise RunProblem(
            f"{folder} holds no judging.",
            "Expected: judging.json, as `agentkit judge run` and a run with a rubric write it",
            "Next: agentkit judge run FOLDER --rubric FILE --out DIR",
        )
    if not (folder / REPORT).is_file():
        raise unfinished(folder)
    snapshot, findings = read_kept(folder / SNAPSHOT)
    judges = [judge_of(seat) for seat in told.panel]
    judging = Judging(told.rubric, Path(told.rubric_file), judges, told.settings, told.task)
    ledger = Ledger(folder, replay=True)
    report = await report_on(judging, Evidence(folder), snapshot, findings, ledger)
    return report_text(report), report


def judge_of(seat: Seat) -> Judge:
    return Judge(seat.name, Absent(seat.model, seat.card), seat.family, seat.parameters)
