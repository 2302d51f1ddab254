"""Kept interpreters behind walls; what a model sees of them is in tests/tools."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from pathlib import Path

import pytest

from agentkit import Environment, ToolContext, ToolResult
from agentkit.journal.blobs import Blobs
from agentkit.sandboxes.bubblewrap import BubblewrapSandbox
from agentkit.sandboxes.choose import check_bubblewrap
from agentkit.sandboxes.local import LocalSandbox
from agentkit.sandboxes.workspace import SnapshotWorkspace
from agentkit.toolbox.kept import KeptInterpreter


@pytest.fixture
def context(tmp_path: Path) -> ToolContext:
    folder = tmp_path / "workspace"
    folder.mkdir()
    workspace = SnapshotWorkspace(folder, Blobs(tmp_path / "blobs"))
    return ToolContext(workspace, LocalSandbox(), Environment(), tmp_path / "logs")


def test_behind_walls_it_keeps_its_state_over_a_timeout(context: ToolContext) -> None:
    report = check_bubblewrap()
    if not report.usable:
        pytest.skip(f"bubblewrap does not work here: {report.detail}")
    walled = replace(context, sandbox=BubblewrapSandbox())

    async def use() -> list[ToolResult]:
        shell = KeptInterpreter.of(walled, "session", "bash")
        calls = (("cd /tmp; x=4", 20), ("sleep 60", 0.5), ("pwd; echo $x; id -u", 20))
        told = [await shell.run(code, seconds) for code, seconds in calls]
        await shell.end()
        return told

    first, slow, last = asyncio.run(use())
    assert first.ok
    assert (slow.data["timeout"], slow.data["state_lost"]) == (True, False)
    assert last.text.startswith("/tmp\n4\n")


def test_one_that_is_cancelled_leaves_nothing_and_can_be_started_again(context: ToolContext) -> None:
    python = KeptInterpreter.of(context, "python", "python")
    code = "import os, time\nopen('pid', 'w').write(str(os.getpid()))\ntime.sleep(300)"

    async def use() -> ToolResult:
        waiting = asyncio.create_task(python.run(code, 300))
        pid = context.workspace.folder / "pid"
        while not (pid.exists() and pid.read_text()):
            await asyncio.sleep(0.05)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        with pytest.raises(ProcessLookupError):
            os.kill(int(pid.read_text()), 0)
        again = await python.run("1 + 1", 60)
        await python.end()
        return again

    assert asyncio.run(use()).text.startswith("2\n")
