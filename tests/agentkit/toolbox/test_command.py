from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from agentkit import CommandResult, Environment, Limits, ToolContext
from agentkit.contracts.jobs import GpuRequest
from agentkit.journal.blobs import Blobs
from agentkit.sandboxes.jobs.client import FolderJobs
from agentkit.sandboxes.local import LocalSandbox
from agentkit.sandboxes.workspace import SnapshotWorkspace
from agentkit.source.paths import Refused
from agentkit.toolbox.command import Ran, environment_for, next_log, refused, run_logged, told


@pytest.fixture
def context(tmp_path: Path) -> ToolContext:
    folder = tmp_path / "workspace"
    folder.mkdir()
    workspace = SnapshotWorkspace(folder, Blobs(tmp_path / "blobs"))
    return ToolContext(workspace, LocalSandbox(), Environment(), tmp_path / "logs")


def test_each_command_has_a_log_of_its_own_also_after_another_process(context: ToolContext) -> None:
    first = asyncio.run(run_logged(context, "mine", ("echo", "one"), 20))
    second = asyncio.run(run_logged(context, "mine", ("echo", "two"), 20))
    assert (first.log.name, second.log.name) == ("mine-0001.log", "mine-0002.log")
    assert second.log.read_text() == "two\n"
    assert next_log(context.logs, "other").name == "other-0001.log"
    assert told("echo one", first).text.startswith("one\n[Exit code 0")


def test_the_shorter_clock_and_the_tasks_own_variables_win() -> None:
    given = Environment(variables={"PAGER": "more"}, limits=Limits(seconds=5))
    made = environment_for(given, 60, {"MINE": "1"})
    assert made.limits.seconds == 5
    assert (made.variables["PAGER"], made.variables["MINE"]) == ("more", "1")
    assert environment_for(Environment(limits=Limits(seconds=None)), 60, {}).limits.seconds == 60


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("inf")])
def test_a_limit_that_is_none_is_refused_before_anything_runs(context: ToolContext, seconds: float) -> None:
    with pytest.raises(Refused, match="more than 0"):
        asyncio.run(run_logged(context, "mine", ("touch", "made"), seconds))
    assert not (context.workspace.folder / "made").exists()


def test_without_jobs_there_are_no_gpus(context: ToolContext) -> None:
    with pytest.raises(Refused, match="no GPUs"):
        asyncio.run(run_logged(context, "mine", ("true",), 20, gpus=GpuRequest(count=1)))


def test_more_gpus_than_there_are_is_a_refusal(
    context: ToolContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGENTKIT_GPUS", "fake:1")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    own = replace(context, jobs=FolderJobs(tmp_path / "jobs", context.sandbox))
    with pytest.raises(Refused, match="this machine has 1"):
        asyncio.run(run_logged(own, "mine", ("true",), 20, gpus=GpuRequest(count=2)))


@pytest.mark.parametrize(
    ("status", "code", "said"),
    [
        ("timeout", -15, "Stopped by the time limit after 2.0 s, 1.0 CPU-seconds, 4.0 GPU-seconds;"),
        ("silent", -15, "printed nothing for too long"),
        ("stopped", -15, "Stopped from outside"),
        ("failed", -9, "Ended by SIGKILL"),
        ("failed", None, "its exit code is not known"),
        ("failed", 2, "Exit code 2 after"),
    ],
)
def test_every_end_is_told(status: str, code: int | None, said: str) -> None:
    result = CommandResult.model_validate(
        {"status": status, "exit_code": code, "output": "", "seconds": 2.0, "cpu_seconds": 1.0}
    )
    envelope = told("x", Ran(result, Path("x-0001.log"), gpu_seconds=4.0))
    assert said in envelope.text
    assert "It printed nothing" in envelope.text
    assert not envelope.ok
    assert envelope.gpu == {"gpu_seconds": 4.0, "queued_seconds": 0.0}


def test_a_refusal_has_one_line_for_people() -> None:
    result = refused("first\nsecond \x1b[31m")
    assert (result.ok, result.summary) == (False, "first")
    assert "\x1b" not in result.text
