"""The manifest: everything a run was told, in JSON, and no secret."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from agentkit.runs.manifest import manifest
from agentkit.runs.plan import make_plan
from agentkit.search.prompt import digests

SECRET = "sk-not-a-real-key"


def told(**settings: Any) -> dict[str, Any]:
    found = manifest(make_plan("toy/number", settings))
    assert json.loads(json.dumps(found)) == found, "JSON values only"
    return found


def test_every_value_a_run_depends_on_is_there(project: Path) -> None:
    found = told(seed=3, hints=("text",), sandbox="local", minutes=5)
    assert (found["task"], found["scaffold"], found["model"]) == ("toy/number", "aide", "scripted/demo")
    assert (found["seed"], found["hints"], found["sandbox"]) == (3, ["text"], "local")
    assert found["metric"]["name"] == "score"
    assert (found["budget"]["attempts"], found["budget"]["minutes"]) == (4, 5)
    assert found["settings"]["scaffold_settings"]["drafts"] == 1
    assert (found["origins"]["seed"], found["origins"]["attempts"]) == ("--seed", "transcript")
    assert found["prompts"] == digests()
    hint = "Forty is a good number."
    shown = f"## Hint: text\n\n{hint}"
    assert found["hint_text"]["source"] == "task"
    assert found["hint_text"]["sha256"] == hashlib.sha256(shown.encode()).hexdigest()
    (part,) = found["hint_text"]["parts"]
    assert (part["kind"], part["name"]) == ("hint", "text")
    assert part["sha256"] == hashlib.sha256(hint.encode()).hexdigest()
    assert hint not in json.dumps(found), "texts are there by their digests"
    assert found["machine"]["cores"] >= 1
    assert found["versions"]["pydantic"]
    assert found["project"] == str(project)


def test_a_key_is_never_written_down(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    found = told(model="openai/gpt-5", planner_model="scripted/demo", sandbox="local")
    assert found["models"]["planner"] == "scripted/demo"
    assert {found["models"][role] for role in ("coder", "reviewer", "judge")} == {"openai/gpt-5"}
    assert SECRET not in json.dumps(found)


def test_a_changed_task_and_a_changed_scaffold_are_seen(project: Path, number_task: Path) -> None:
    scaffold = project / "scaffolds" / "mine.py"
    scaffold.parent.mkdir()
    source = (
        "import agentkit\nfrom agentkit.contracts.scaffold import NoSettings, Scaffold, scaffold\n"
        "@scaffold\ndef mine(settings: NoSettings) -> Scaffold:\n"
        '    """Mine."""\n    return Scaffold(policy=None, operators={})\n'
    )
    scaffold.write_text(source)
    before = told(scaffold="mine")
    assert before["scaffold_file"] == str(scaffold)
    scaffold.write_text(source + "# changed\n")
    (number_task / "evaluate.py").write_text("print()\n")
    after = told(scaffold="mine")
    assert before["scaffold_digest"] != after["scaffold_digest"]
    assert before["task_digest"] != after["task_digest"]
