import random
import shutil
import subprocess
from pathlib import Path

import pytest

from agentkit.toolchain.occupancy import MULTIPROCESSORS, capability, occupancy_of


@pytest.mark.parametrize(
    ("arch", "threads", "registers", "shared", "blocks", "limiter"),
    [
        # Worked by hand from the Programming Guide's table.
        ("sm_90", 128, 32, 0, 16, "warps"),
        ("sm_90", 128, 255, 0, 2, "registers"),
        ("sm_80", 256, 32, 48 * 1024, 3, "shared memory"),
        ("sm_75", 32, 16, 0, 16, "blocks"),
        ("sm_90", 1024, 65, 0, 0, "registers"),
        ("sm_80", 128, 32, 200 * 1024, 0, "shared memory"),
    ],
)
def test_blocks_and_what_limits_them(
    arch: str, threads: int, registers: int, shared: int, blocks: int, limiter: str
) -> None:
    found = occupancy_of(arch, threads, registers, shared)
    assert found is not None
    assert (found.blocks, found.limiter) == (blocks, limiter)
    assert found.share == found.warps / MULTIPROCESSORS[capability(arch) or 0].warps


def test_what_is_not_known_is_none() -> None:
    assert occupancy_of("sm_61", 128, 32, 0) is None
    assert occupancy_of("sm_90", 0, 32, 0) is None
    assert capability("sm_90a") == 90
    assert capability("gfx942") is None


ORACLE = r"""
#include <cstdio>
#include <cuda_occupancy.h>
int main() {
  int major, minor, warps, block_shared, shared, reserved, threads, registers, used, barriers;
  while (scanf("%d %d %d %d %d %d %d %d %d %d", &major, &minor, &warps, &block_shared, &shared, &reserved,
               &threads, &registers, &used, &barriers) == 10) {
    cudaOccDeviceProp device = {};
    device.computeMajor = major; device.computeMinor = minor; device.maxThreadsPerBlock = 1024;
    device.maxThreadsPerMultiprocessor = warps * 32; device.regsPerBlock = 65536;
    device.regsPerMultiprocessor = 65536; device.warpSize = 32; device.sharedMemPerBlock = 48 * 1024;
    device.sharedMemPerMultiprocessor = shared; device.numSms = 1;
    device.sharedMemPerBlockOptin = block_shared;
    device.reservedSharedMemPerBlock = reserved;
    cudaOccFuncAttributes kernel = {};
    kernel.maxThreadsPerBlock = 1024; kernel.numRegs = registers; kernel.sharedSizeBytes = used;
    kernel.partitionedGCConfig = PARTITIONED_GC_OFF; kernel.shmemLimitConfig = FUNC_SHMEM_LIMIT_OPTIN;
    kernel.maxDynamicSharedSizeBytes = 0; kernel.numBlockBarriers = barriers;
    cudaOccDeviceState state; cudaOccResult result;
    int code = cudaOccMaxActiveBlocksPerMultiprocessor(&result, &device, &kernel, &state, threads, 0);
    printf("%d\n", code ? -1 : result.activeBlocksPerMultiprocessor);
  }
}
"""


@pytest.mark.real
def test_it_agrees_with_the_toolkits_own_calculator(tmp_path: Path) -> None:
    """2,000 kernels drawn at random, on every compute capability that its header knows."""
    nvcc = shutil.which("nvcc")
    if nvcc is None:
        pytest.skip("there is no nvcc here")
    (tmp_path / "o.cpp").write_text(ORACLE)
    subprocess.run([nvcc, "-o", "o", "o.cpp"], cwd=tmp_path, check=True, capture_output=True)
    rng = random.Random(1)
    cases = []
    for _ in range(2000):
        number = rng.choice(list(MULTIPROCESSORS))
        most = MULTIPROCESSORS[number].block_shared_bytes
        shared = rng.choice([0, rng.randrange(49152), rng.randrange(most)])
        cases.append((number, rng.randint(1, 1024), rng.randint(1, 255), shared, rng.randint(0, 16)))
    lines = []
    for number, threads, registers, shared, barriers in cases:
        unit = MULTIPROCESSORS[number]
        memory = (unit.block_shared_bytes, unit.shared_bytes, unit.reserved_bytes)
        device = (number // 10, number % 10, unit.warps, *memory)
        lines.append(" ".join(map(str, (*device, threads, registers, shared, barriers))))
    told = subprocess.run(
        [tmp_path / "o"], input="\n".join(lines), check=True, capture_output=True, text=True
    ).stdout.split()
    differ = []
    for (number, *kernel), wanted in zip(cases, map(int, told), strict=True):
        found = occupancy_of(f"sm_{number}", *kernel)
        assert found is not None
        if found.blocks != wanted:
            differ.append((number, *kernel, found.blocks, wanted))
    assert differ == []
