"""A whole run of the command with a model behind real HTTP: what llama.cpp says moves the files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import agentkit
from agentkit.contracts.messages import ToolCall
from agentkit.journal.log import read_events
from tests.agentkit.models.llama import llama
from tests.agentkit.models.scripted_gguf import build, reply_text

TASK = """\
title = "A number"
purpose = "Write a large number, at most 100."
editable = ["number.txt"]
[files]
"number.txt" = "start.txt"
[metric]
name = "score"
lower_is_better = false
[evaluate]
command = ["python", "evaluate.py"]
seconds = 20
"""

EVALUATE = """\
import json, os, pathlib
number = float(pathlib.Path("number.txt").read_text())
answer = {"metrics": {"score": number}, "valid": number <= 100, "reason": ""}
pathlib.Path(os.environ["AGENTKIT_RESULT"]).write_text(json.dumps(answer))
"""


def write_task(folder: Path) -> None:
    task = folder / "tasks" / "toy" / "number"
    task.mkdir(parents=True)
    (task / "task.toml").write_text(TASK)
    (task / "instructions.md").write_text("Write a large number into number.txt.\n")
    (task / "start.txt").write_text("1\n")
    (task / "evaluate.py").write_text(EVALUATE)


@pytest.mark.real
def test_the_command_with_a_server_of_ones_own(tmp_path: Path) -> None:
    """Plan, code with tools in the sandbox, measure, review: what llama.cpp says moves the files."""
    write_task(tmp_path)
    edit = {"command": "str_replace", "path": "number.txt", "old_str": "1", "new_str": "40"}
    replies = [
        reply_text("I look at the file.", ("shell", {"command": "cat number.txt"})),
        reply_text("I write 40.", ("editor", edit)),
        reply_text("It is done.", ("submit", {"summary": "forty"})),
    ]
    flags = ["--attempts", "1", "--measurements", "1", "--runs-folder", "runs", "--json"]
    environment = {
        **os.environ,
        "PYTHONPATH": str(Path(agentkit.__file__).parents[1]),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
    }
    with llama(build(tmp_path / "m.gguf", replies), 65_536) as url:
        command = [sys.executable, "-m", "agentkit", "solve", "toy/number", *flags]
        command += ["--model", "openai/scripted", "--base-url", url, "--scaffold", "aide"]
        ended = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120
        )
    assert ended.returncode == 0, ended.stderr
    (folder,) = (tmp_path / "runs").iterdir()
    summary = json.loads((folder / "summary.json").read_text())
    (attempt,) = summary["attempts"]
    assert (attempt["status"], attempt["metrics"]) == ("valid", {"score": 40.0})
    asked = [each.data for each in read_events(folder / "journal.jsonl") if each.kind == "reply"]
    calls = [
        ToolCall.model_validate(call).name
        for data in asked
        if data["stage"] == "code"
        for call in data["message"].get("tool_calls", ())
    ]
    assert calls == ["shell", "editor", "submit"]
    assert {data["stage"] for data in asked} == {"plan", "code", "review"}
    assert all(data["usage"]["input_tokens"] > 0 and not data["usage"]["upper_bound"] for data in asked)
    assert attempt["cost"]["tokens"] == sum(
        data["usage"]["input_tokens"] + data["usage"]["output_tokens"] for data in asked
    )
