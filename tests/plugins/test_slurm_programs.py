from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path

import pytest

from agentkit.errors import AgentkitError, MissingRequirement, RunProblem

programs = import_module("agentkit.builtin.plugins._slurm_programs")


@pytest.mark.parametrize(
    ("line", "row"),
    [("12_3|3|RUNNING|None|agentkit-ab", ("12_3", "RUNNING", "None", "ab", 3)),
     ("12_0|0|PENDING|Resources|agentkit-a|b", ("12_0", "PENDING", "Resources", "a|b", 0)),
     ("12|N/A|RUNNING|None|agentkit-ab", None), ("12_3|3|RUNNING|None|train", None), ("", None)],
)  # fmt: skip
def test_of_the_queue_only_our_own_tasks_are_read(line: str, row: tuple[object, ...] | None) -> None:
    assert programs.parse_row(line) == row


@pytest.mark.parametrize(
    ("script", "kind", "words"),
    [("echo 'Unable to contact slurm controller (connect failure)' >&2; exit 1", MissingRequirement,
      "controller does not answer"),
     ("echo 'Invalid user id' >&2; exit 1", RunProblem, "Invalid user id"),
     ("exit 3", RunProblem, "exit code 3")],
)  # fmt: skip
def test_a_program_that_fails_is_told_in_its_own_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, kind: type[AgentkitError], words: str
) -> None:
    (tmp_path / "squeue").write_text(f"#!/bin/sh\n{script}\n")
    (tmp_path / "squeue").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    with pytest.raises(kind, match=words):
        programs.queued()
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(MissingRequirement, match="needs squeue, which is not here"):
        programs.queued()
