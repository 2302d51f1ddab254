"""Real outputs of nvcc and nvdisasm, made once, and a context as a tool has it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from agentkit import Environment, ToolContext
from agentkit.journal.blobs import Blobs
from agentkit.sandboxes.local import LocalSandbox
from agentkit.sandboxes.workspace import SnapshotWorkspace

Once = Callable[[str, Callable[[Path], None]], Path]

KERNELS = """\
__global__ void add(int n, const float* x, float* y) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) y[i] += x[i];
}
template <int N> __global__ void __launch_bounds__(1024) spilling(float* p) {
  __shared__ float s[1024];
  float v[N];
  for (int i = 0; i < N; i++) v[i] = p[threadIdx.x * N + i];
  s[threadIdx.x] = v[0];
  __syncthreads();
#pragma unroll
  for (int j = 0; j < 4; j++)
#pragma unroll
    for (int i = 0; i < N; i++) v[i] = fmaf(v[i], v[(i * 5 + j) % N], s[(threadIdx.x + j) % 1024]);
  for (int i = 0; i < N; i++) p[threadIdx.x * N + i] = v[i];
}
template __global__ void spilling<72>(float*);
"""


@pytest.fixture
def context(tmp_path: Path) -> ToolContext:
    folder = tmp_path / "workspace"
    folder.mkdir()
    return ToolContext(
        workspace=SnapshotWorkspace(folder, Blobs(tmp_path / "blobs")),
        sandbox=LocalSandbox(),
        environment=Environment(),
        logs=tmp_path / "logs",
    )


@pytest.fixture
def compiled(once: Once) -> Path:
    """A folder with `k.cu`, `k.cubin`, `k.ptx` and `log`, what `ptxas -v` printed. Skips without nvcc."""
    nvcc = shutil.which("nvcc")
    if nvcc is None:
        pytest.skip("there is no nvcc here")

    def make(folder: Path) -> None:
        (folder / "k.cu").write_text(KERNELS)
        common = [nvcc, "-arch=sm_90", "-lineinfo"]
        ptx = subprocess.run(
            [*common, "-ptx", "k.cu"], cwd=folder, check=True, capture_output=True, text=True
        )
        assert ptx.returncode == 0
        told = subprocess.run(
            [*common, "-Xptxas", "-v", "-cubin", "k.cu"],
            cwd=folder,
            check=True,
            capture_output=True,
            text=True,
        )
        (folder / "log").write_text(told.stdout + told.stderr)

    return once("cuda-kernels", make)
