from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from agentkit import ToolContext, ToolResult
from agentkit.catalog.catalog import open_catalog
from agentkit.toolchain.programs import KEPT, Programs, find_programs

Use = Callable[..., ToolResult]

SOURCE = """\
__global__ void add(int n, const float4* x, float4* y) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) y[i].x += x[i].x * x[i].y + x[i].z + x[i].w;
}
__global__ void other(int* p) { p[threadIdx.x] = 1; }
"""


@pytest.fixture
def made(context: ToolContext, folder: Path) -> Path:
    """k.cubin, k.ptx and k.fatbin."""
    nvcc = shutil.which("nvcc")
    if nvcc is None or not asyncio.run(find_programs(context)).first("cuobjdump"):
        pytest.skip("there is no nvcc, or no cuobjdump, here")
    (folder / "k.cu").write_text(SOURCE)
    for kind in ("-cubin", "-ptx", "-fatbin"):
        argv = [nvcc, "-arch=sm_90", "-lineinfo", kind, "k.cu"]
        subprocess.run(argv, cwd=folder, check=True, capture_output=True)
    return folder


@pytest.mark.real
def test_kinds_windows_and_lines_of_real_code(use: Use, made: Path) -> None:
    result = use("sass", artefact="k.cubin", kernel="add")
    assert result.ok, result.text
    (kernel,) = result.data["kernels"]
    assert kernel["kinds"]["memory"]["LDG.128"] == 1
    assert "- memory" in result.text and "/*0" not in result.text
    window = use("sass", artefact="k.cubin", kernel="add", pattern=r"LDG\.E\.128", lines=8)
    assert window.data["matches"] == 1
    shown = [line for line in window.text.splitlines() if line.startswith((" ", ">"))]
    assert len(shown) <= 8 and sum(line.startswith(">") for line in shown) == 1
    line = use("sass", artefact="k.fatbin", around_line=3, kernel="add", lines=500)
    assert "// k.cu:3" in line.text
    assert sum(each.startswith((" ", ">")) for each in line.text.splitlines()) <= 120
    ptx = use("sass", artefact="k.ptx", pattern="ld.global")
    assert ptx.data["matches"] >= 2 and ptx.truncated is None
    nothing = use("sass", artefact="k.cubin", around_line=77)
    assert "some from [1, 2, 3" in nothing.next_hint
    for arguments, said in (
        ({"kernel": "zzz"}, "it has "), ({"pattern": "("}, "no regular expression"),
    ):  # fmt: skip
        bad = use("sass", artefact="k.cubin", **arguments)
        assert not bad.ok and said in bad.text


def test_a_time_limit(context: ToolContext, folder: Path, tmp_path: Path) -> None:
    """The task's own: a program that stands in for nvdisasm does not end."""
    (folder / "k.cubin").write_bytes(b"\x7fELF" + bytes(14) + (190).to_bytes(2, "little") + bytes(40))
    program = tmp_path / "nvdisasm"
    program.write_text("#!/bin/sh\necho begun\nexec sleep 300\n")
    program.chmod(0o755)
    limits = context.environment.limits.model_copy(update={"seconds": 1.0})
    state = {KEPT: Programs({"nvdisasm": str(program)})}
    own = replace(context, environment=context.environment.model_copy(update={"limits": limits}), state=state)
    result = asyncio.run(open_catalog().load("tool", "sass").call(own, {"artefact": "k.cubin"}))
    assert not result.ok
    assert "could not be disassembled. Stopped by the time limit" in result.text and "begun" in result.text


def test_a_file_that_is_not_there(use: Use) -> None:
    assert "The nvcc tool makes one" in use("sass", artefact="none.cubin").text
