"""A finished run as an author of a script sees it."""

from __future__ import annotations

from pathlib import Path

from agentkit.contracts.summary import Answer, BudgetUse, Summary
from agentkit.runs.folder import RunFolder
from agentkit.runs.run import Run

BUDGET = BudgetUse(attempts=0, tokens=0, dollars=0.0, minutes=0.0)
ANSWER = Answer(attempt="a1", trust="claimed", isolation="local")


def test_a_run_shows_its_folder_its_answer_and_its_diffs(tmp_path: Path) -> None:
    (tmp_path / "attempts" / "a1").mkdir(parents=True)
    (tmp_path / "answer.patch").write_text("+2")
    (tmp_path / "attempts" / "a1" / "diff.patch").write_text("+1")
    summary = Summary(
        run=tmp_path.name, folder=str(tmp_path), state="ended", task="toy/number", scaffold="aide",
        model="none", hints=(), profile="", sandbox="local", seed=0, best=ANSWER, budget=BUDGET,
    )  # fmt: skip
    run = Run(RunFolder(tmp_path), summary)
    assert (run.path, run.best) == (tmp_path, ANSWER)
    assert (run.diff(), run.diff("a1")) == ("+2", "+1")
    assert Run(RunFolder(tmp_path), summary.model_copy(update={"best": None})).best is None
