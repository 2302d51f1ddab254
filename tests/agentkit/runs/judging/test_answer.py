"""The judge as a run's last step: what it looks at, whom it asks, and what that costs the run."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from agentkit.contracts.attempt import Attempt
from agentkit.contracts.bar import Bar
from agentkit.contracts.budget import Budget
from agentkit.contracts.outcome import Outcome
from agentkit.contracts.rubric import JudgeReport
from agentkit.contracts.summary import Answer
from agentkit.runs.judging.answer import figures, judge_answer, produced, rubric_of
from agentkit.sandboxes.workspace import SnapshotWorkspace
from agentkit.search.context import RunContext
from tests.agentkit.judge.panel.scene import ScriptedJudge
from tests.agentkit.runs.judging.judge_server import RUBRIC, WORK

ANSWER = Answer(attempt="a1", trust="verified", isolation="local")
MEASURED = """\
title = "Measured"
[[criterion]]
id = "table"
text = "The harness's run wrote the table."
check = { kind = "json", file = "harness/table.json", path = "loss", at_most = 2 }
"""


def answered(bench: Any, tmp_path: Path, rubric: str = RUBRIC, **changes: Any) -> RunContext:
    """A run whose answer is the small work."""
    (tmp_path / "rubric.toml").write_text(rubric)
    changes = {"models": {}, **changes}
    run: RunContext = bench.open(None, None, task=bench.task(rubric=tmp_path / "rubric.toml"), **changes)
    folder = run.folder / "attempts" / "a1" / "workspace"
    folder.mkdir(parents=True)
    for name, text in WORK.items():
        (folder / name).write_text(text)
    snapshot = SnapshotWorkspace(folder, run.blobs).snapshot()
    attempt = Attempt(
        id="a1", operator="draft", snapshot=snapshot, outcome=Outcome(status="valid"), fitness=1.0
    )
    run.journal.append("attempt", "a1", **attempt.model_dump(mode="json"))
    return run


def judged(run: RunContext, *judges: ScriptedJudge) -> JudgeReport:
    return asyncio.run(judge_answer(run, judges, ANSWER))


def test_without_judges_programs_decide_and_the_rest_is_open(bench: Any, tmp_path: Path) -> None:
    report = judged(answered(bench, tmp_path))
    assert [each.status for each in report.verdicts] == ["passed", "ungraded", "ungraded"]
    assert (report.low, report.high, report.headline) == (0.25, 1.0, None)


def test_a_panel_decides_what_programs_cannot_and_the_run_pays(bench: Any, tmp_path: Path) -> None:
    run = answered(bench, tmp_path)
    judge = ScriptedJudge()
    report = judged(run, judge)
    assert [each.status for each in report.verdicts] == ["passed", "passed", "failed"]
    assert report.headline == 0.75
    assert report.cost.calls == len(judge.requests) == run.journal.state.ledger.spent.calls
    assert run.journal.state.ledger.spent.tokens == 1100 * len(judge.requests)
    assert run.journal.state.ledger.by_attempt.keys() == {""}, "no attempt is charged"
    assert not (run.folder / "attempts" / "a1" / "judged").exists()
    assert json.loads((run.folder / "judging" / "report.json").read_text())["score"] == 0.75


def test_a_second_judging_pays_nothing_again(bench: Any, tmp_path: Path) -> None:
    run = answered(bench, tmp_path)
    first = judged(run, ScriptedJudge())
    again = ScriptedJudge()
    second = judged(run, again)
    assert again.requests == []
    assert second.verdicts == first.verdicts


def test_the_runs_caps_hold_for_its_judges(bench: Any, tmp_path: Path) -> None:
    run = answered(bench, tmp_path, budget=Budget(attempts=1, tokens=100))
    judge = ScriptedJudge()
    report = judged(run, judge)
    assert judge.requests == []
    assert [each.status for each in report.verdicts] == ["passed", "ungraded", "ungraded"]
    assert any("cap of 100 tokens" in note for note in report.notes)


def test_the_familys_own_word_alone_is_not_enough(bench: Any, tmp_path: Path) -> None:
    run = answered(bench, tmp_path, models={"coder": ScriptedJudge("anthropic/claude-coder")})
    judge = ScriptedJudge("anthropic/claude-test")
    report = judged(run, judge)
    assert judge.requests == []
    assert [each.status for each in report.verdicts] == ["passed", "ungraded", "ungraded"]


def test_what_the_harness_kept_of_the_answers_own_measurement_is_shown(bench: Any, tmp_path: Path) -> None:
    run = answered(bench, tmp_path, MEASURED)
    for place, loss in (("logs", 1), ("measurements", 3)):
        folder = run.folder / "attempts" / "a1" / place / "produced"
        folder.mkdir(parents=True)
        (folder / "table.json").write_text(json.dumps({"loss": loss}))
    assert produced(run.folder / "attempts" / "a1") == folder, "the answer's measurement, not the search's"
    assert judged(run).verdicts[0].status == "failed"
    (folder / "table.json").write_text(json.dumps({"loss": 2}))
    assert judged(run).verdicts[0].status == "passed"


def test_where_no_evaluator_keeps_anything_there_is_no_harness(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "produced").symlink_to("/etc")
    assert produced(tmp_path) is None


def test_figures_a_rubric_may_name() -> None:
    def attempt(id: str, status: str, *parents: str) -> Attempt:
        outcome = Outcome.model_validate({"status": status})
        fitness = 1.0 if status == "valid" else None
        return Attempt(id=id, operator="debug", parents=parents, outcome=outcome, fitness=fitness)

    tried = [
        attempt("a1", "crash"),
        attempt("a2", "valid", "a1"),
        attempt("a3", "valid", "a2"),
        attempt("a4", "flagged", "a3"),
    ]
    answer = Answer(
        attempt="a3", fsr=0.8, fsr_interval=(0.7, 0.9), trust="verified", isolation="local",
        metrics={"cpu_seconds": 13.0}, measurements=3, valid_measurements=2,
    )  # fmt: skip
    known = {each.id: each for each in tried}
    bars = (Bar(name="cpu_seconds", limit=20), Bar(name="loss", limit=2))
    assert figures(answer, known, bars) == {
        "cpu_seconds": 13.0, "attempts": 4, "valid_attempts": 2, "failed_attempts": 1,
        "flagged_attempts": 1, "repaired_attempts": 1, "measurements": 3, "valid_measurements": 2,
        "fsr": 0.8, "fsr_low": 0.7, "cpu_seconds_margin": 7.0,
    }  # fmt: skip
    bare = answer.model_copy(update={"fsr": None, "fsr_interval": None})
    assert not {"fsr", "fsr_low"} & figures(bare, known, ()).keys()


def test_a_task_says_of_somebody_elses_rubric_what_it_does_not(bench: Any, tmp_path: Path) -> None:
    (tmp_path / "rubric.toml").write_text(RUBRIC.replace('kind = "code"\n', ""))
    rubric = tmp_path / "rubric.toml"
    task = bench.task(rubric=rubric, errata=("The second one counts.",), leaf_kinds={"fit": "code"})
    found = rubric_of(task, rubric)
    assert found.errata == ("The second one counts.",)
    assert [each.kind for each in found.criteria] == [None, "code", None]
    other = tmp_path / "other.toml"
    other.write_text(RUBRIC)
    assert rubric_of(task, other).errata == (), "it is about its own rubric only"


def test_a_folder_that_the_candidate_named_so_is_not_the_harnesss(tmp_path: Path) -> None:
    (tmp_path / "workspace" / "produced").mkdir(parents=True)
    (tmp_path / "logs" / "candidate-1" / "produced").mkdir(parents=True)
    assert produced(tmp_path) is None
    (tmp_path / "logs" / "produced").mkdir()
    assert produced(tmp_path) == tmp_path / "logs" / "produced"
