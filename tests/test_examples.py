"""The examples are run as a reader would run them; the graph of one's own with a scripted model."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agentkit.catalog import open_catalog
from agentkit.contracts.budget import Budget
from agentkit.contracts.messages import Message, ModelRequest, Reply, ToolCall, Usage
from agentkit.graph.drive import drive
from agentkit.journal.log import read_events
from agentkit.models.scripted import CallableModel
from agentkit.runs.checks.scaffold import check_scaffold
from agentkit.runs.plan import make_plan
from agentkit.runs.sweeps.file import read_sweep_file
from agentkit.runs.sweeps.grid import read_grid
from agentkit.search.context import RunContext
from agentkit.search.prompt import open_prompts, prompt_folders

ROOT = Path(__file__).parents[1]


def test_every_example_is_run_here() -> None:
    tested = {"solve_from_python.py", "plan_and_execute", "hint_ablation.toml"}
    names = {path.name for path in (ROOT / "examples").iterdir() if path.name != "__pycache__"}
    assert names == tested


def test_solve_from_python(tmp_path: Path) -> None:
    """On the stranger's small task, so that it takes seconds; as written it takes the pocket speedrun."""
    task = ROOT / "tests" / "acme_kit" / "acme_agentkit" / "tasks" / "acme" / "words"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    command = [sys.executable, str(ROOT / "examples" / "solve_from_python.py"), str(task)]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "The answer is a" in done.stdout


def test_hint_ablation_is_270_runs_of_a_simulation_and_with_one_line_of_a_live_model(tmp_path: Path) -> None:
    file = ROOT / "examples" / "hint_ablation.toml"
    cells = read_grid(read_sweep_file(file))
    assert len(cells) == 6 * 3 * 5 * 3
    for cell in cells[:5]:
        plan = make_plan(cell.task, cell.settings, environ={})
        assert "This is a simulation" in plan.notes[0]
    assert {cell.task for cell in cells[:5]} == {cell.task for cell in cells}, "tasks change fastest"
    lines = file.read_text(encoding="utf-8").splitlines()
    (number,) = [each for each, line in enumerate(lines) if line.startswith("model = ")]
    lines[number] = lines[number].split("<- for a live model this line: ")[1]
    live = tmp_path / "live.toml"
    live.write_text("\n".join(lines), encoding="utf-8")
    assert [
        (cell.task, {**cell.settings, "model": "simulated/modest"})
        for cell in read_grid(read_sweep_file(live))
    ] == [(cell.task, cell.settings) for cell in cells]


# The graph of one's own: plan_and_execute.

KIT = ROOT / "examples" / "plan_and_execute"
PLAN = "1. Write 10.\n2. Make it 20.\n"
CRITICS = ["GO ON", "It says 15 and should say 20.", "GO ON"]
NUMBERS = ["10", "15", "20"]
"""What the three passes write: step 1, step 2, and step 2 once more at the critic's word."""


class NoClosing:
    async def finalise(self, reason: str) -> None: ...

    async def judge(self) -> None: ...


def scripted(asked: list[str]) -> CallableModel:
    """Two steps; the critic sends the second back once. Every pass writes its number and submits."""

    def answer(request: ModelRequest) -> Reply:
        position = request.position
        asked.append(position.key)
        texts = {"plan": [PLAN], "critic": CRITICS, "review": ["noted"]}
        calls: Sequence[ToolCall] = ()
        if position.stage == "code":
            turn, submits = divmod(position.index, 2)
            name, arguments = ("submit", {}) if submits else ("write", {"text": NUMBERS[turn]})
            calls = (ToolCall(id=position.key, name=name, arguments=arguments),)
        text = "" if calls else texts[position.stage][position.index]
        message = Message(role="assistant", text=text, tool_calls=tuple(calls))
        return Reply(message=message, usage=Usage(input_tokens=7, output_tokens=3, dollars=0.01))

    return CallableModel("scripted/steps", answer)


def plan_and_execute(bench: Any, asked: list[str], attempts: int = 1) -> RunContext:
    scaffold = open_catalog(KIT).load("scaffold", "plan_and_execute").build({})
    run = bench.open(scaffold.policy, scripted(asked), budget=Budget(attempts=attempts))
    prompts = open_prompts([KIT / "scaffolds" / "prompts", *prompt_folders()])
    opened: RunContext = replace(run, scaffold=scaffold, prompts=prompts)
    return opened


def search(run: RunContext) -> None:
    try:
        asyncio.run(drive(run, NoClosing(), run.folder / "checkpoints.sqlite"))
    finally:
        run.journal.close()


EVERY_CALL = [
    "a1/plan/0", "a1/code/0", "a1/code/1", "a1/critic/0", "a1/code/2", "a1/code/3", "a1/critic/1",
    "a1/code/4", "a1/code/5", "a1/critic/2", "a1/review/0",
]  # fmt: skip


def test_a_plan_is_carried_out_step_by_step_and_the_critic_is_listened_to(bench: Any) -> None:
    asked: list[str] = []
    run = plan_and_execute(bench, asked)
    search(run)
    (attempt,) = run.journal.state.tree.attempts.values()
    assert (attempt.outcome.status, attempt.fitness, attempt.plan) == ("valid", 20.0, PLAN)
    assert asked == EVERY_CALL
    prompts = {key: run.blobs.get(each).decode() for key, each in run.journal.state.prompts.items()}
    assert "Carry out step 1 of 2 now, and no other:\n\nWrite 10." in prompts["a1/code/0"]
    assert "Make it 20." in prompts["a1/code/2"]
    assert "should say 20" not in prompts["a1/code/2"]
    assert "A critic of your first try says:\n\nIt says 15 and should say 20." in prompts["a1/code/4"]
    assert "+15" in prompts["a1/critic/1"]
    assert attempt.cost.calls == len(EVERY_CALL)
    assert attempt.cost.dollars == pytest.approx(0.01 * len(EVERY_CALL))


def test_cut_after_any_record_it_ends_alike_and_pays_for_nothing_twice(bench: Any) -> None:
    run = plan_and_execute(bench, [])
    search(run)
    lines = run.journal.path.read_bytes().splitlines(keepends=True)
    for cut in range(1, len(lines), 5):
        run.journal.path.write_bytes(b"".join(lines[:cut]))
        recorded = {each.data["key"] for each in read_events(run.journal.path) if each.kind == "reply"}
        (run.folder / "checkpoints.sqlite").unlink()
        shutil.rmtree(run.folder / "attempts", ignore_errors=True)
        asked: list[str] = []
        run = plan_and_execute(bench, asked)
        search(run)
        (attempt,) = run.journal.state.tree.attempts.values()
        assert attempt.fitness == 20.0, f"cut after {cut} records"
        assert sorted([*recorded, *asked]) == sorted(EVERY_CALL), f"cut after {cut} records"


def test_the_example_keeps_every_rule_and_its_budget(bench: Any) -> None:
    maker = open_catalog(KIT).load("scaffold", "plan_and_execute")
    assert check_scaffold(maker, journals=60).breaches == []
    asked: list[str] = []
    run = replace(plan_and_execute(bench, asked), budget=Budget(attempts=1, tokens=400))
    search(run)
    assert run.journal.state.ledger.spent.tokens <= 400
    assert asked != EVERY_CALL
