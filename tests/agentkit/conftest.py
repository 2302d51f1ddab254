"""A project folder with one task in it: write a number into a file. Everything through the real doors."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from agentkit.models.keys import KEYS

EVALUATE = """\
import json, os, pathlib
text = pathlib.Path("number.txt").read_text().strip()
print("step:1/1 loss:0.5", flush=True)
number = float(text)
answer = {"metrics": {"score": number}, "valid": number <= 100, "reason": ""}
pathlib.Path(os.environ["AGENTKIT_RESULT"]).write_text(json.dumps(answer))
"""

TASK = """\
title = "A number"
purpose = "Write a large number, at most 100."
editable = ["number.txt"]
rubric = "rubric.toml"
[files]
"number.txt" = "start.txt"
[metric]
name = "score"
lower_is_better = false
[evaluate]
command = ["python", "evaluate.py"]
seconds = 20
[solution]
"number.txt" = "solution.txt"
[hints]
text = "hint.md"
[transcripts]
demo = "demo.toml"
"""

RUBRIC = """\
title = "The number"
[[criterion]]
id = "large"
text = "The answer is at least 30."
weight = 3
check = { kind = "figure", name = "score", at_least = 30 }
[[criterion]]
id = "repaired"
text = "A failed attempt was repaired."
check = { kind = "figure", name = "repaired_attempts", at_least = 1 }
"""

ATTEMPT = """
[[attempt]]
operator = "{operator}"
  [[attempt.reply]]
  stage = "{opening}"
  text = "I write {number}."
  [[attempt.reply]]
  stage = "code"
    [[attempt.reply.call]]
    tool = "editor"
    arguments = {{ command = "str_replace", path = "number.txt", old_str = "{old}", new_str = "{number}" }}
  [[attempt.reply]]
  stage = "code"
    [[attempt.reply.call]]
    tool = "submit"
    arguments = {{ summary = "done" }}
  [[attempt.reply]]
  stage = "review"
  text = "It was {number}."
"""

SEARCH = (
    ("draft", "plan", "1", "20"),
    ("improve", "plan", "20", "oops"),
    ("debug", "debug", "oops", "30"),
    ("improve", "plan", "30", "40"),
)


def write_number_task(folder: Path) -> Path:
    """`tasks/toy/number` below `folder`."""
    task = folder / "tasks" / "toy" / "number"
    task.mkdir(parents=True)
    for name, text in {
        "task.toml": TASK,
        "rubric.toml": RUBRIC,
        "instructions.md": "Write a large number into number.txt.\n",
        "hint.md": "Forty is a good number.\n",
        "start.txt": "1\n",
        "solution.txt": "50\n",
        "evaluate.py": EVALUATE,
    }.items():
        (task / name).write_text(text)
    write_transcript(task, *SEARCH)
    return task


PUBLISHED = """
[published]
start = 1
target = 61
source = "a paper, table 3"
hardware = "eight H100"
"""


def publish_ends(task: Path) -> None:
    """The number task has published ends too, which are not those of its solution."""
    with (task / "task.toml").open("a") as file:
        file.write(PUBLISHED)


def write_transcript(task: Path, *search: tuple[str, str, str, str]) -> None:
    """`demo.toml`: one attempt for each (operator, opening, text before, text after)."""
    head = f'title = "Numbers"\nscaffold = "aide"\nattempts = {len(search)}\n'
    settings = "[settings]\ndrafts = 1\ndebug_probability = 1.0\n"
    attempts = (
        ATTEMPT.format(operator=operator, opening=opening, old=old, number=number)
        for operator, opening, old, number in search
    )
    (task / "demo.toml").write_text(head + settings + "".join(attempts))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder one stands in; no key is set, and the cache is its own."""
    write_number_task(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in ("AGENTKIT_PROJECT", *(name for names in KEYS.values() for name in names)):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def number_task(project: Path) -> Path:
    """The folder of the number task."""
    return project / "tasks" / "toy" / "number"


@pytest.fixture
def rehearse(number_task: Path) -> Callable[..., None]:
    """Replaces the task's demonstration: (operator, opening, text before, text after) for each attempt."""

    def write(*search: tuple[str, str, str, str]) -> None:
        write_transcript(number_task, *search)

    return write
