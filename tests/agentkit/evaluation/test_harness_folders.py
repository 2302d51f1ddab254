"""What no candidate may see."""

from __future__ import annotations

from pathlib import Path

import agentkit
from agentkit.evaluation.harness_folders import harness_folders

PACKAGE = Path(agentkit.__file__).resolve().parent


def test_of_a_kit_in_a_checkout(tmp_path: Path) -> None:
    for name in ("tasks", ".git", "tests"):
        (tmp_path / name).mkdir()
    hidden = harness_folders(tmp_path / "tasks")
    assert hidden == (PACKAGE, tmp_path / "tasks", tmp_path / ".git", tmp_path / "tests")


def test_of_tasks_inside_the_package() -> None:
    assert harness_folders(PACKAGE / "builtin" / "tasks") == (PACKAGE,)
