"""An agent's jobs within the run's caps, with real supervisors and stand-ins for GPUs."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from agentkit.contracts.budget import Budget
from agentkit.contracts.sandbox import Command
from agentkit.contracts.tool import ToolResult
from agentkit.errors import BudgetSpent
from agentkit.search.agent_context import tool_context
from agentkit.search.attempt_jobs import open_jobs
from agentkit.toolbox.command import ATTACHED
from tests.agentkit.search.tool_calls import Asking, code, opened


@pytest.fixture(autouse=True)
def stand_ins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENTKIT_GPUS", "fake:2")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def test_jobs_under_way_reserve_what_they_may_use(bench: Any, list_policy: Any) -> None:
    run = opened(bench, list_policy, Asking(), budget=Budget(gpu_seconds=100))
    work = run.work("a1")
    context = tool_context(work, work.open_workspace(work.base))

    async def start() -> list[ToolResult]:
        told = []
        for name, seconds in (("one", 60), ("two", 600), ("three", 1)):
            arguments = {
                "command": "start",
                "name": name,
                "script": "sleep 300",
                "gpus": 1,
                "seconds": seconds,
            }
            told.append(await run.tools["job"].call(context, arguments))
        await open_jobs(run, "a1").remove_all()
        return told

    one, two, three = asyncio.run(start())
    assert one.ok and two.ok
    assert "may use all that is left of 100 GPU-seconds" in three.text
    assert run.journal.state.ledger.spent.gpu_seconds < 100
    run.journal.close()


def test_a_job_in_the_workspace_itself_does_not_outlive_a_killed_process(
    bench: Any, list_policy: Any
) -> None:
    run = opened(bench, list_policy, Asking())
    jobs = open_jobs(run, "a1")

    def make(files: Path) -> Command:
        return Command(argv=("sleep", "300"), folder=files)

    async def begin_and_come_back() -> tuple[list[str], list[str]]:
        await jobs.start(f"{ATTACHED}gpu_shell-0001", make)
        await jobs.start("background", make)
        before = sorted(each.name for each in jobs.jobs.folder.iterdir())
        await open_jobs(run, "a1").remove_attached()
        after = sorted(each.name for each in jobs.jobs.folder.iterdir())
        await jobs.remove_all()
        return before, after

    before, after = asyncio.run(begin_and_come_back())
    assert before == ["background", "now-gpu_shell-0001"]
    assert after == ["background"]
    run.journal.close()


def test_gpu_seconds_of_the_agent_count_once_and_end_at_the_cap(bench: Any, list_policy: Any) -> None:
    run = opened(
        bench, list_policy, Asking(("gpu_shell", {"command": "sleep 60"})), budget=Budget(gpu_seconds=1.5)
    )
    with pytest.raises(BudgetSpent, match="GPU-seconds is reached"):
        code(run)
    (recorded,) = run.journal.state.tools.values()
    assert "Stopped by the time limit" in recorded["result"]["text"]
    work = run.work("a1")
    context = tool_context(work, work.open_workspace(work.base))
    for name, arguments in (
        ("gpu_shell", {"command": "echo never"}),
        ("job", {"command": "start", "name": "more", "script": "true", "gpus": 1}),
    ):
        refused = asyncio.run(run.tools[name].call(context, arguments))
        assert "cap of 1.5 GPU-seconds is reached" in refused.text
    spent = run.journal.state.ledger.spent.gpu_seconds
    assert 1.4 <= spent <= 6
    # The evaluation's own are added to them, not set off against them.
    run.journal.append(
        "coded", "a1", repair=0, snapshot="x", turns=1, submitted=True, changed_lines=0, note=""
    )
    run.journal.state.ledger.computed("a1", {"metrics": {"gpu_seconds": 2.0}})
    assert run.journal.state.ledger.spent.gpu_seconds == pytest.approx(spent + 2.0)
    run.journal.close()
