"""Demonstrations: each is one line of attempts whose edits fit the script they are made on."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

from agentkit.catalog import open_catalog
from agentkit.evaluation.benchmarks import load_task

CHECKOUT = Path(__file__).parents[3]
FROM_THE_START = ("draft", "react")
DEMONSTRATIONS = sorted((CHECKOUT / "tasks" / "speedrun").glob("*/demo.toml"))


def calls(attempt: dict[str, Any]) -> list[dict[str, Any]]:
    found = [call for reply in attempt["reply"] for call in reply.get("call", ())]
    return [each | {"arguments": json.loads(json.dumps(each["arguments"]))} for each in found]


def carry_out(call: dict[str, Any], script: Path) -> None:
    arguments = call["arguments"]
    if call["tool"] == "editor" and arguments["command"] == "str_replace":
        text = script.read_text()
        assert text.count(arguments["old_str"]) == 1, arguments["old_str"]
        script.write_text(text.replace(arguments["old_str"], arguments["new_str"]))
    elif call["tool"] == "shell" and arguments["command"].startswith("sed "):
        subprocess.run(["sh", "-c", arguments["command"]], cwd=script.parent, check=True)


def test_there_are_five_at_least() -> None:
    assert len(DEMONSTRATIONS) >= 5


@pytest.mark.parametrize("path", DEMONSTRATIONS, ids=lambda path: path.parent.name)
def test_every_edit_fits_and_the_steps_fall(path: Path, tmp_path: Path) -> None:
    task = load_task(open_catalog(CHECKOUT), f"speedrun/{path.parent.name}", "pocket")
    script = tmp_path / "train.py"
    script.write_bytes(task.files["train.py"].read_bytes())
    attempts = tomllib.loads(path.read_text())["attempt"]
    first = steps_of(script)
    for attempt in attempts:
        if attempt["operator"] in FROM_THE_START:
            script.write_bytes(task.files["train.py"].read_bytes())
        before = script.read_text()
        for call in calls(attempt):
            carry_out(call, script)
        assert script.read_text() != before, f"{attempt['operator']} changes nothing"
        compile(script.read_text(), os.fspath(script), "exec")
    assert steps_of(script) < first


@pytest.mark.parametrize("path", DEMONSTRATIONS, ids=lambda path: path.parent.name)
def test_a_failure_is_repaired_and_then_improved(path: Path) -> None:
    operators = [each["operator"] for each in tomllib.loads(path.read_text())["attempt"]]
    assert operators[0] == "draft"
    assert operators[operators.index("debug") + 1] == "improve"


def steps_of(script: Path) -> int:
    for node in ast.walk(ast.parse(script.read_text())):
        if (
            isinstance(node, ast.AnnAssign)
            and isinstance(node.target, ast.Name)
            and node.target.id == "steps"
        ):
            return int(ast.literal_eval(node.value or ast.Constant(0)))
    raise AssertionError("the recipe has no steps")
