from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from agentkit import ToolContext, ToolResult

Use = Callable[..., ToolResult]
needs_nvcc = pytest.mark.skipif(shutil.which("nvcc") is None, reason="there is no nvcc here")

SOURCES = """\
__global__ void add(int n, const float* x, float* y) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) y[i] += x[i];
}
__global__ void __launch_bounds__(1024) spilling(float* p) {
  float v[96];
#pragma unroll
  for (int i = 0; i < 96; i++) v[i] = p[threadIdx.x * 96 + i];
  __syncthreads();
#pragma unroll
  for (int i = 0; i < 96; i++) p[threadIdx.x * 96 + i] = v[i] * v[(i * 7 + 3) % 96] + v[(i * 5 + 1) % 96];
}
"""
BROKEN = """\
template <typename T> __device__ float inner(T t) { return t.missing(); }
template <typename T> __device__ float outer(T t) { return inner(t); }
struct Mine {};
__global__ void kernel(float* y) { int unused = 1; y[0] = outer(Mine()); }
"""


@needs_nvcc
@pytest.mark.real
def test_a_kernel_that_spills_and_one_that_does_not(use: Use, folder: Path, context: ToolContext) -> None:
    (folder / "k.cu").write_text(SOURCES)
    result = use("nvcc", files=["k.cu"], arch="sm_90", output="k.cubin", block_sizes=[64, 1024])
    assert result.ok, result.text
    spilling, add = result.data["kernels"]
    assert (spilling["kernel"], add["kernel"]) == ("spilling", "add")
    assert spilling["spill_load_bytes"] > 0 and add["spill_load_bytes"] == 0
    assert spilling["registers"] == 64 and spilling["barriers"] == 1
    assert spilling["occupancy"]["1024"] == {"share": 0.5, "blocks": 1, "limiter": "registers"}
    assert "2 kernels, 1 of them spilling" in result.summary
    assert "spilling | sm_90 | 64 |" in result.text
    assert "Spills" in result.next_hint
    assert result.truncated is not None and result.truncated.full_log == "log:nvcc-0001.log"
    assert not result.data["cached"]
    first = (folder / "k.cubin").read_bytes()
    (folder / "k.cubin").unlink()
    again = use("nvcc", files=["k.cu"], arch="sm_90", output="k.cubin", block_sizes=[64, 1024])
    assert again.data["cached"] and again.data["kernels"] == result.data["kernels"]
    assert (folder / "k.cubin").read_bytes() == first
    assert "from the cache" in again.summary
    assert not (context.logs / "nvcc-0002.log").exists()


@needs_nvcc
@pytest.mark.real
def test_errors_and_warnings_have_their_lines_and_nothing_is_left_behind(use: Use, folder: Path) -> None:
    (folder / "bad.cu").write_text(BROKEN)
    result = use("nvcc", files=["bad.cu"], arch="sm_90")
    assert not result.ok
    (error,) = result.data["errors"]
    assert (error["file"], error["line"], error["asked_for_at"]) == ("bad.cu", 1, "bad.cu:4")
    assert result.data["warnings"][0]["line"] == 4
    assert "bad.cu:1: error: class" in result.text and "[asked for at bad.cu:4" in result.text
    assert [each.name for each in folder.iterdir()] == ["bad.cu"]


@needs_nvcc
@pytest.mark.real
def test_a_time_limit_and_a_flood_of_warnings(use: Use, folder: Path) -> None:
    (folder / "k.cu").write_text(SOURCES)
    late = use("nvcc", files=["k.cu"], arch="sm_90", timeout_seconds=0.05)
    assert not late.ok and "Stopped by the time limit" in late.summary
    lines = "\n".join(f"__global__ void k{n}() {{ int unused{n} = {n}; }}" for n in range(40))
    (folder / "many.cu").write_text(lines)
    many = use("nvcc", files=["many.cu"], arch="sm_90", output="many.cubin")
    assert many.ok and len(many.text) <= 8000
    assert "40 warnings" in many.summary
    assert "[… 34 more warnings …]" in many.text and "10 more kernels" in many.text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"files": ["none.cu"], "arch": "90"}, "There is no none.cu"),
        ({"files": [], "arch": "90"}, "needs a file"),
        ({"files": ["k.cu"], "arch": "volta"}, "no architecture"),
        ({"files": ["k.cu"], "arch": "90", "output": "../k.o"}, "outside the workspace"),
        ({"files": ["k.cu"], "arch": "90,80", "output": "k.cubin"}, "one file for one architecture"),
        ({"files": ["k.cu"], "arch": "90", "options": "'"}, "cannot be taken apart"),
        ({"files": ["k.cu"]}, "arch='sm_90'"),
        ({"files": ["m.py"], "arch": "90"}, "load_inline"),
        ({"files": ["."], "arch": "90"}, "without a .ptx file"),
    ],
)
def test_bad_input_is_a_result(use: Use, folder: Path, arguments: dict[str, object], said: str) -> None:
    (folder / "k.cu").write_text("")
    (folder / "m.py").write_text("x = 1\n")
    result = use("nvcc", **arguments)
    assert not result.ok
    assert said in result.text or "There is no nvcc" in result.text
