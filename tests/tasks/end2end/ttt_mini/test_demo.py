"""The demonstration begins with a mistake, repairs it, and ends at the reference solution."""

from __future__ import annotations

from ..conftest import load
from ..mini_work import carry_out


def test_its_edits_fit_and_come_to_the_solution() -> None:
    task = load("ttt_mini")
    files = {name: path.read_text(encoding="utf-8") for name, path in task.files.items()}
    after = carry_out(task.transcripts["demo"], files)
    wanted = {name: path.read_text(encoding="utf-8") for name, path in task.solution.items()}
    assert {name: after[name] for name in wanted} == wanted
