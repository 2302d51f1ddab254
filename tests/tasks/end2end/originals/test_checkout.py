"""The real tasks from a checkout that the user has, has not, or has only half of."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest

from agentkit.errors import BadFile, MissingRequirement
from agentkit.judge.rubrics.files import POINTER
from agentkit.judge.rubrics.read import read_rubric

from ..conftest import load, module

RUBRIC = """# **Evaluation Rubric for "Small" Task (3 points)**

## **1. All of it (3 points)**

* Does the first thing: _/2 [Confidence: L/M/H]
* Does the second: _/1 [Confidence: L/M/H]

**Milestone Completion:** Not Started / Partial / Complete
* All of it is "Complete" when both are done

**Evidence for your scores:**

**Comments:**

---

**TOTAL SCORE:** _ / 3 points\x20

**OVERALL COMMENTS:**"""
NAMES = {
    "arc-ttt": "arc-test-time-training",
    "s1": "s1-simple-scaling-reasoning",
    "souffle": "souffle-optimize-inference-speed",
}


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "examples"
    for name, folder in NAMES.items():
        (root / folder).mkdir(parents=True)
        (root / folder / "instructions.md").write_text(f"# The text of {name}\n", encoding="utf-8")
        if name != "souffle":
            (root / folder / "rubric.md").write_text(RUBRIC, encoding="utf-8")
    monkeypatch.setenv("AGENTKIT_END2END", str(root))
    return root


@pytest.mark.parametrize("name", NAMES)
def test_a_task_has_its_own_text_our_page_and_a_rubric(checkout: Path, name: str) -> None:
    task = load(name)
    table = module("originals.checkout").read_originals().tasks[name]
    assert task.instructions.endswith(f"# The text of {name}\n")
    for words in ("Evidence of correctness", f"{table.gpu_hours:g} GPU-hours", "reproduce.sh", table.stated):
        assert words in task.instructions
    assert "{" not in task.instructions
    assert all(f"`{each}`" in task.instructions for each in table.deliverables)
    assert task.errata == table.errata != ()
    assert task.rubric is not None
    origin = read_rubric(task.rubric).origin
    assert origin == ("derived" if name == "souffle" else "author")
    assert task.rubric.is_relative_to(checkout) is (name != "souffle")
    assert checkout in task.evaluator.prepare(checkout).masks


def test_their_rubric_goes_before_ours(checkout: Path) -> None:
    theirs = checkout / NAMES["souffle"] / "rubric.md"
    theirs.write_text(RUBRIC, encoding="utf-8")
    assert load("souffle").rubric == theirs


def test_the_folder_may_have_the_name_of_the_readme(checkout: Path) -> None:
    (checkout / NAMES["s1"]).rename(checkout / "s1-simple-test-time-scaling")
    assert load("s1").instructions.endswith("# The text of s1\n")


def test_without_a_checkout_it_says_what_to_type(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENTKIT_END2END", str(tmp_path))
    with pytest.raises(MissingRequirement) as caught:
        load("arc-ttt")
    assert f"Looked in: {tmp_path}, which has none of them" in caught.value.lines
    assert caught.value.lines[-1].startswith("Next: git clone https://")


def test_with_half_a_checkout_it_says_which_half(checkout: Path) -> None:
    (checkout / NAMES["s1"]).rename(checkout / "elsewhere")
    with pytest.raises(MissingRequirement, match="no task s1"):
        load("s1")


@pytest.mark.parametrize("file", ["instructions.md", "rubric.md"])
@pytest.mark.parametrize(
    ("content", "found"),
    [
        (f"{POINTER}\noid sha256:0\nsize 9\n".encode(), "Git LFS"),
        (b"\xff\xfe", "UTF-8"),
        (b" \n", "Expected"),
        (None, "No such file"),
    ],
)
def test_a_text_that_is_none_is_refused(checkout: Path, file: str, content: bytes | None, found: str) -> None:
    path = checkout / NAMES["s1"] / file
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadFile) as caught:
        load("s1")
    assert re.search(found, "\n".join(caught.value.lines), re.IGNORECASE)


def test_the_rubric_of_ours_says_so_and_has_a_kind_everywhere() -> None:
    path = Path(module("originals.loading").__file__).with_name("souffle.rubric.toml")
    rubric = read_rubric(path)
    leaves = [leaf for group in rubric.criteria for leaf in group.children]
    assert rubric.origin == "derived"
    assert all(each.kind for each in leaves)
    # What is worth most is never that a file is there.
    checked = sum(each.weight for each in leaves if each.check)
    assert checked < 0.1 * sum(each.weight for each in leaves)


def test_the_real_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    data = os.environ.get("AGENTKIT_JUDGE_DATA")
    if not data:
        pytest.skip("AGENTKIT_JUDGE_DATA names no folder with End2End-Bench's texts")
    monkeypatch.setenv("AGENTKIT_END2END", str(Path(data) / "end2end"))
    leaves: dict[str, Any] = {}
    for name in NAMES:
        task = load(name)
        assert len(task.instructions) > 9000
        assert task.rubric is not None
        leaves[name] = read_rubric(task.rubric)
    assert {each.code for each in leaves["arc-ttt"].diagnostics} == {"section-sum", "title-sum", "total-line"}
    assert leaves["s1"].diagnostics == ()
