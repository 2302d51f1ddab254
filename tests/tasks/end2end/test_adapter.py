"""What the benchmark lists, what every miniature has, and how its rubric weighs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from agentkit.catalog import open_catalog
from agentkit.contracts.rubric import Criterion
from agentkit.errors import UnknownName
from agentkit.evaluation.benchmarks import list_tasks, load_task
from agentkit.judge.rubrics.lint import lint
from agentkit.judge.rubrics.read import read_rubric

from .conftest import CHECKOUT, load, module

MINIATURES = sorted(path.parent.name for path in (CHECKOUT / "tasks" / "end2end").glob("*/mini.toml"))


def leaves(criteria: Sequence[Criterion], share: float = 1.0) -> Iterator[tuple[Criterion, float]]:
    """With their shares of the root."""
    total = sum(each.weight for each in criteria)
    for each in criteria:
        own = share * each.weight / total
        if each.children:
            yield from leaves(each.children, own)
        else:
            yield each, own


def test_the_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENTKIT_END2END", str(tmp_path))
    monkeypatch.setenv("AGENTKIT_GPUS", "fake:0")
    catalog = open_catalog(CHECKOUT)
    entries = {each.name: each for each in list_tasks(catalog, catalog.find_benchmark("end2end/ttt_mini")[0])}
    assert {"ttt_mini", "s1_mini", "souffle_mini"} <= set(MINIATURES)
    assert set(entries) == {*MINIATURES, "arc-ttt", "s1", "souffle"}
    assert not any(entries[name].refused for name in MINIATURES)
    for name in ("arc-ttt", "s1", "souffle"):
        assert entries[name].out_of_reach
        assert "checkout" in entries[name].refused
        assert "GPU" in entries[name].refused


def test_profiles(tmp_path: Path) -> None:
    catalog = open_catalog(CHECKOUT)
    with pytest.raises(UnknownName):
        load_task(catalog, "end2end/ttt_mini", "gpu")


@pytest.mark.parametrize("name", MINIATURES)
def test_a_miniature_is_complete(name: str, tmp_path: Path) -> None:
    task = load(name)
    assert task.files
    assert set(task.solution) - set(task.files) or any(
        task.solution[each].read_bytes() != task.files[each].read_bytes() for each in task.solution
    )
    assert "report.md" in task.solution
    assert task.transcripts
    assert re.fullmatch("[0-9a-f]{64}", task.digest)
    assert not re.search(r"\{(seconds|memory|program_kilobytes)\}", task.instructions)
    for words in ("What counts as cheating", "A negative result that holds is a proper result", "evidence"):
        assert words in task.instructions
    assert task.metric.name in task.evaluator.examination.figures  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", MINIATURES)
def test_a_rubric_is_decided_by_program_for_the_most_part(name: str) -> None:
    task = load(name)
    assert task.rubric is not None
    rubric = read_rubric(task.rubric)
    found = list(leaves(rubric.criteria))
    assert sum(share for leaf, share in found if leaf.check) >= 0.8
    assert all(leaf.kind for leaf, _ in found)
    assert not [each for each in lint(rubric) if each.severity == "error"]
    figures = {leaf.check["name"] for leaf, _ in found if leaf.check and leaf.check["kind"] == "figure"}
    known = {*task.evaluator.examination.figures, "fsr", "flagged_attempts"}  # type: ignore[attr-defined]
    assert figures <= known


@pytest.mark.parametrize("name", MINIATURES)
def test_solutions_and_harness_are_hidden(name: str) -> None:
    task = load(name)
    masks = task.evaluator.masks  # type: ignore[attr-defined]
    for path in (*task.solution.values(), task.folder / "examine.py"):
        assert any(path.is_relative_to(folder) for folder in masks)


def test_what_a_run_wrote_is_kept_but_for_links_and_floods(tmp_path: Path) -> None:
    examining = module("examining")
    out, kept = tmp_path / "out", tmp_path / "kept"
    (out / "deep").mkdir(parents=True)
    (out / "deep" / "a.txt").write_text("a")
    (out / "link").symlink_to("/etc/passwd")
    assert examining.keep_output(out, kept) == ""
    assert [path.name for path in kept.rglob("*")] == ["deep", "a.txt"]
    for number in range(examining.MOST_KEPT + 1):
        (out / f"{number}.txt").write_text("")
    assert "more than" in examining.keep_output(out, tmp_path / "more")
