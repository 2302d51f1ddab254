"""Whole evaluations of the miniature: honest work scores, and what is only claimed does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentkit.contracts.rubric import JudgeReport
from agentkit.contracts.task import Task
from agentkit.sandboxes.bubblewrap import BubblewrapSandbox
from agentkit.sandboxes.choose import check_bubblewrap

from ..conftest import REPORT, Measure, load

MADE_UP = {
    "report.md": REPORT,
    "results.json": '{"seed": 42, "puzzles": 12, "solved": {"base": 0, "fine_tuned": 0.1, "ttt": 1}}',
    "bars.csv": "configuration,solved\nttt,1.0\n",
    "out/results.json": '{"solved": {"ttt": 1}}',
}
NEEDS_A_TRAINED_NETWORK = {"gain", "augmentation-matters", "solved", "no-leak", "plot"}


def failed(report: JudgeReport) -> set[str]:
    return {each.id for each in report.verdicts if each.status == "failed"}


@pytest.mark.real
def test_the_solution_does_what_was_asked(quick: Task, measure: Measure) -> None:
    found = measure(quick, quick.solution)
    assert (found.outcome.status, found.outcome.trust) == ("valid", "verified"), found.outcome.reason
    figures = found.outcome.metrics
    for name in ("leave_one_out_right", "augmented_right", "repeatable", "adapted", "ablations_differ"):
        assert figures[name] == 1, name
    assert figures["flat_right"] == figures["hierarchical_right"] == 1
    assert figures["reported_error"] == figures["table_error"] == 0
    assert figures["expansion"] >= 10
    assert failed(found.judged(quick)) <= NEEDS_A_TRAINED_NETWORK
    assert (found.produced / "study" / "results.json").is_file()
    assert (found.produced / "data" / "output.txt").is_file()


@pytest.mark.real
def test_nothing_and_claims_alone_score_next_to_nothing(quick: Task, measure: Measure) -> None:
    found = measure(quick, MADE_UP)
    assert found.outcome.status == "valid", found.outcome.reason
    assert found.outcome.metrics["reported_error"] == 1
    assert not (found.produced / "study" / "results.json").exists()
    assert 0 < (found.judged(quick).score or 0) <= 0.15
    (found.folder / "report.md").unlink()
    assert (found.judged(quick).score or 0) <= 0.05


@pytest.mark.real
def test_forged_figures_extra_data_copied_ablations_and_edited_files(quick: Task, measure: Measure) -> None:
    """Each caught by a figure of its own; the edited file is simply not used."""
    run = quick.solution["run.py"].read_text()
    lying = run.replace("    return right / max(1, len(known))", "    return 0.9")
    copied = lying.replace('"no_augmentation": {"augmented": False}', '"no_augmentation": {}')
    ttt = quick.solution["ttt.py"].read_text()
    extra = ttt.replace(
        "    return tasks\n", "    return [*tasks, {**tasks[0], 'answer': tasks[0]['query']}]\n"
    )
    assert run != lying != copied
    assert ttt != extra
    found = measure(
        quick, {**quick.solution, "run.py": copied, "ttt.py": extra, "puzzles.py": "COLOURS = CELLS = 0\n"}
    )
    figures = found.outcome.metrics
    assert found.outcome.status == "valid", found.outcome.reason
    assert "locked_file_changed" in {each.code for each in found.outcome.flags}
    assert figures["reported_error"] > 0.3
    assert figures["table_error"] > 0.3
    assert figures["leave_one_out_right"] == 0
    assert figures["augmented_right"] < 1
    assert figures["ablations_differ"] == 0
    caught = {"results-file", "table", "leave-one-out", "augmented", "ablations-run"}
    assert caught <= failed(found.judged(quick))


@pytest.mark.real
@pytest.mark.parametrize(
    ("written", "status", "reason"),
    [
        ("raise SystemExit('no')", "crash", "data failed: no"),
        ("", "invalid", "study wrote no adapters/ttt.npz"),
        ("import os, shutil\nshutil.rmtree('out'); os.symlink('/etc', 'out')", "invalid", "no folder out"),
    ],
)
def test_what_a_candidate_does_wrong_is_an_outcome(
    quick: Task, measure: Measure, written: str, status: str, reason: str
) -> None:
    outcome = measure(quick, {"run.py": written}).outcome
    assert outcome.status == status
    assert reason in outcome.reason
    assert outcome.metrics["solved"] == 0


@pytest.mark.real
@pytest.mark.slow
def test_both_ends_at_full_size(measure: Measure, tmp_path: Path) -> None:
    """Base < fine-tuned < test-time training, and what the rubric makes of both ends."""
    if not check_bubblewrap().usable:
        pytest.skip("bubblewrap does not work here")
    task, sandbox = load("ttt_mini"), BubblewrapSandbox()
    task.evaluator.prepare(tmp_path / "cache")
    start, solution = measure(task, {}, sandbox), measure(task, task.solution, sandbox)
    figures = solution.outcome.metrics
    assert figures["base"] < figures["fine_tuned"] + 0.01
    assert figures["fine_tuned"] + 0.25 < figures["ttt"]
    assert figures["solved"] > 0.6
    assert start.outcome.metrics["ttt"] == start.outcome.metrics["fine_tuned"] == figures["fine_tuned"]
    assert (solution.judged(task).score or 0) >= 0.95
    assert (start.judged(task).score or 0) <= 0.05
