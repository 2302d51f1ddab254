"""compute-sanitizer is not on these machines: a stand-in prints a report of our own making."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from agentkit import Environment, ToolContext, ToolResult
from agentkit.catalog.catalog import open_catalog

Use = Callable[..., ToolResult]

STAND_IN = """\
#!/bin/sh
echo "$@" > arguments
cat <<'END'
========= COMPUTE-SANITIZER
REPORT
END
exit CODE
"""
FAULT = """\
========= Invalid __global__ write of size 4 bytes
=========     at add(float *)+0x70 in k.cu:5
=========     by thread ({0},0,0) in block (0,0,0)
=========
"""


@pytest.fixture
def check(context: ToolContext, tmp_path: Path) -> Callable[..., ToolResult]:
    def call(report: str, code: int | str, **arguments: object) -> ToolResult:
        program = tmp_path / "cuda" / "bin" / "compute-sanitizer"
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(STAND_IN.replace("REPORT", report).replace("CODE", str(code)))
        program.chmod(0o755)
        own = replace(context, environment=Environment(variables={"CUDA_HOME": str(tmp_path / "cuda")}))
        tool = open_catalog().load("tool", "check_kernel")
        return asyncio.run(tool.call(own, {"command": "./a.out 1", "gpus": 0, **arguments}))

    return call


def test_faults_are_told_once_with_their_line(check: Callable[..., ToolResult], folder: Path) -> None:
    report = "".join(FAULT.format(thread) for thread in range(40)) + "========= ERROR SUMMARY: 40 errors"
    result = check(report, 1, check="racecheck")
    assert not result.ok
    assert result.summary == "racecheck: 1 different fault"
    assert "Invalid __global__ write of size 4 bytes (40 times): k.cu:5 in add" in result.text
    assert "log:check_kernel-0001.log" in result.text
    assert result.data["findings"][0]["count"] == 40
    assert (folder / "arguments").read_text().startswith("--tool racecheck")
    assert "bash -c ./a.out 1" in (folder / "arguments").read_text()


def test_many_different_faults_are_cut_at_ten(check: Callable[..., ToolResult]) -> None:
    report = "\n".join(FAULT.format(0).rstrip().replace("k.cu:5", f"k.cu:{line}") for line in range(1, 31))
    result = check(report, 1)
    assert "[… 20 more …]" in result.text and len(result.data["findings"]) == 30


def test_nothing_found_and_not_finished_are_not_the_same(check: Callable[..., ToolResult]) -> None:
    good = check("========= ERROR SUMMARY: 0 errors", 0)
    assert good.ok and good.summary == "memcheck: nothing found"
    broken = check("segmentation fault", 139)
    assert not broken.ok and "did not finish" in broken.summary


def test_a_time_limit_keeps_what_was_found_till_then(check: Callable[..., ToolResult]) -> None:
    late = check(FAULT.format(0), "$(sleep 300)", timeout_seconds=1)
    assert not late.ok and late.data["status"] == "timeout"
    assert "Invalid __global__ write" in late.text and "Stopped by the time limit" in late.text


def test_bad_input_is_a_result(use: Use) -> None:
    assert "needs a command" in use("check_kernel", command=" ").text
    assert not use("check_kernel", command="true", check="leakcheck").ok
    alone = use("check_kernel", command="true")
    assert not alone.ok  # no compute-sanitizer, or no GPU
