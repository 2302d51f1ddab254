import asyncio
import os
from dataclasses import replace
from pathlib import Path

import pytest

from agentkit import ToolContext, ToolResult
from agentkit.catalog.catalog import open_catalog
from agentkit.sandboxes.jobs.client import FolderJobs


@pytest.fixture
def there(context: ToolContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ToolContext:
    """With two stand-ins for GPUs."""
    monkeypatch.setenv("AGENTKIT_GPUS", "fake:2")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return replace(context, jobs=FolderJobs(tmp_path / "jobs", context.sandbox))


def call(context: ToolContext, **arguments: object) -> ToolResult:
    return asyncio.run(open_catalog().load("tool", "gpu_shell").call(context, arguments))


def test_a_command_has_the_gpus_that_were_leased_in_the_workspace_itself(
    there: ToolContext, folder: Path
) -> None:
    result = call(there, command="echo $CUDA_VISIBLE_DEVICES | tee made.txt", gpus=2, exclusive=True)
    assert result.text.startswith("fake-0,fake-1\n[Exit code 0")
    assert "GPU-seconds" in result.text
    assert (folder / "made.txt").exists()
    assert result.gpu is not None
    assert result.gpu["gpu_seconds"] > 0
    assert result.data["log"] == "log:gpu_shell-0001.log"


SMI = """\
#!/bin/sh
case "$*" in
*--loop-ms=*)
  while :; do
    echo 'GPU-1b2c3d4e-0, 1095, 2619, 88, 90, 62668, 81559, 00000000:3B:00.0, 0x20'
    sleep 0.2
  done ;;
*index,uuid*) echo '0, GPU-1b2c3d4e-0, NVIDIA H100, 9.0' ;;
*) exit 2 ;;
esac
"""


def test_what_the_gpus_did_is_told_by_nvidia_smi(
    context: ToolContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not seen on a GPU: a program stands in for nvidia-smi."""
    program = tmp_path / "bin" / "nvidia-smi"
    program.parent.mkdir()
    program.write_text(SMI)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    monkeypatch.delenv("AGENTKIT_GPUS", raising=False)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    own = replace(context, jobs=FolderJobs(tmp_path / "jobs", context.sandbox))
    result = call(own, command="echo $CUDA_VISIBLE_DEVICES; sleep 2")
    assert result.text.startswith("GPU-1b2c3d4e-0\n[Exit code 0"), result.text
    assert (
        "[GPU-1b2c3d4e: memory at most 61.2 of 79.6 GiB, 90 % busy, SMs at 1095 MHz, 88 degrees"
        in result.text
    )
    assert result.gpu is not None and result.gpu["devices"][0]["throttles"]["heat"] >= 1


def test_a_timeout_keeps_what_was_printed_and_a_flood_is_cut(there: ToolContext) -> None:
    slow = call(there, command="echo early; sleep 300", timeout_seconds=1)
    assert slow.text.startswith("early\n[Stopped by the time limit")
    flood = call(there, command="seq 100000")
    assert flood.truncated is not None
    assert len(flood.text) < 9000


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"command": ""}, "empty"),
        ({"command": "true", "gpus": 0}, "1 or more"),
        ({"command": "true", "gpus": 3}, "this machine has 2"),
        ({"command": "true", "timeout_seconds": -1}, "more than 0"),
    ],
)
def test_bad_input_is_refused_in_words(there: ToolContext, arguments: dict[str, object], said: str) -> None:
    result = call(there, **arguments)
    assert not result.ok
    assert said in result.text


def test_where_nobody_keeps_a_list_of_who_uses_gpus_there_are_none(context: ToolContext) -> None:
    assert "no GPUs" in call(context, command="true").text
