"""The miniature with few puzzles, and a network that was not trained: seconds instead of minutes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agentkit.contracts.task import Task

from ..conftest import load, module


@pytest.fixture(scope="session")
def views() -> Any:
    return module("ttt_mini.views")


@pytest.fixture
def quick(tmp_path: Path, views: Any) -> Task:
    task = load("ttt_mini")
    evaluator: Any = task.evaluator
    evaluator.examination = module("ttt_mini.examine").PuzzleExamination(
        known=2, held_back=3, checked=2, made_up=12
    )
    # What was prepared before is not made again.
    given = tmp_path / "cache" / "end2end" / evaluator.prepared
    given.mkdir(parents=True)
    for name in ("base", "fine_tuned"):
        np.savez(given / f"{name}.npz", **views.model.untrained(1))
    evaluator.prepare(tmp_path / "cache")
    return task
