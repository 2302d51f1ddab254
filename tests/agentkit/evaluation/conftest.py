"""A task folder that works, for the tests that break it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

Write = Callable[[str, str], Path]

TASK = """
title = "Many words"
purpose = "Print many words."
editable = ["words.py"]

[metric]
name = "words"
lower_is_better = false

[evaluate]
command = ["python", "evaluate.py"]
seconds = 20

[solution]
"words.py" = "solution.py"
"""

EVALUATE = """
import json, os, sys
from words import words
print("counting")
count = len(words())
with open(os.environ["AGENTKIT_RESULT"], "w") as file:
    json.dump({"metrics": {"words": count}, "valid": count > 0, "reason": f"{count} words"}, file)
"""


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_file(name: str, text: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    return write_file


@pytest.fixture
def task_folder(write: Write, tmp_path: Path) -> Path:
    """`kit/tasks/bench/words` below the test's folder."""
    for name, text in {
        "task.toml": TASK,
        "instructions.md": "Return more words.",
        "evaluate.py": EVALUATE,
        "solution.py": "def words(): return ['one', 'two']\n",
        "files/words.py": "def words(): return ['one']\n",
        "files/data/known.txt": "locked\n",
    }.items():
        write(f"kit/tasks/bench/words/{name}", text)
    return tmp_path / "kit" / "tasks" / "bench" / "words"
