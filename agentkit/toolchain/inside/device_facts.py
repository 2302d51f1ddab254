"""What this machine has that code is tuned for: processor, memory; GPUs as nvidia-smi and torch see them.

Of the processor and of the first GPU bandwidth and a matrix product are measured. Other peaks are products
of units, clock and what a unit does in a clock, by NVIDIA's architecture white papers; dense, with sums in
float32.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

from agentkit.toolchain.inside.peaks import measure

FLAGS = re.compile(r"sse4_2|avx\w*|fma|f16c|amx\w*|neon|asimd\w*|sve\w*")
TENSOR_FMA = {(7, 0): 512, (7, 5): 512, (8, 0): 1024, (8, 6): 256, (8, 9): 256, (9, 0): 2048, (10, 0): 4096}
"""Of float16, a clock and SM, by compute capability."""
FP32_FMA = {(7, 0): 64, (7, 5): 64, (8, 0): 64}
QUERY = (
    "name,driver_version,power.limit,clocks.max.sm,clocks.max.mem,mig.mode.current,memory.total,memory.used"
)


def processor() -> dict[str, Any]:
    text = Path("/proc/cpuinfo").read_text(errors="replace")
    model = re.search(r"^model name\s*:\s*(.*)$", text, re.MULTILINE)
    flags = re.search(r"^(?:flags|Features)\s*:\s*(.*)$", text, re.MULTILINE)
    page = os.sysconf("SC_PAGE_SIZE")
    return {
        "processor": model[1] if model else platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "caches": caches(Path("/sys/devices/system/cpu/cpu0/cache")),
        "flags": [each for each in (flags[1].split() if flags else []) if FLAGS.fullmatch(each)],
        "memory_gib": round(page * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "memory_free_gib": round(free_bytes() / 2**30, 1),
        "python": platform.python_version(),
        "measured": measure(cuda=False),
    }


def caches(folder: Path) -> dict[str, str]:
    """`{"L1d": "48K", "L2": "2048K"}`, of one core; empty where the system does not tell."""
    found = {}
    for place in sorted(folder.glob("index*")):
        try:
            level, kind, size = ((place / name).read_text().strip() for name in ("level", "type", "size"))
        except OSError:
            continue
        found[f"L{level}{ {'Data': 'd', 'Instruction': 'i'}.get(kind, '') }"] = size
    return found


def free_bytes() -> int:
    found = re.search(r"^MemAvailable:\s*(\d+)", Path("/proc/meminfo").read_text(), re.MULTILINE)
    return int(found[1]) * 1024 if found else 0


def from_nvidia_smi() -> list[dict[str, str]]:
    argv = ["nvidia-smi", f"--query-gpu={QUERY}", "--format=csv,noheader"]
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError):
        return []
    rows = [[each.strip() for each in line.split(",")] for line in done.stdout.splitlines()]
    return [dict(zip(QUERY.split(","), row, strict=False)) for row in rows]


def from_torch() -> dict[str, Any]:
    try:
        import torch
    except Exception as error:  # noqa: BLE001 - a broken installation is a fact, too
        return {"torch": f"not usable: {type(error).__name__}"}
    answer: dict[str, Any] = {"torch": torch.__version__, "threads": torch.get_num_threads(), "gpus": []}
    with contextlib.suppress(metadata.PackageNotFoundError):
        answer["triton"] = metadata.version("triton")
    if not torch.cuda.is_available():
        return answer
    answer["cuda"] = torch.version.cuda
    for index in range(torch.cuda.device_count()):
        answer["gpus"].append(gpu(torch.cuda.get_device_properties(index)))
    found = measure(cuda=True)
    answer["gpus"][0]["measured_gb_per_s"] = round(found["bytes"] / 1e9)
    answer["gpus"][0]["measured_bf16_tflops"] = round(found["flops"] / 1e12)
    return answer


def gpu(found: Any) -> dict[str, Any]:
    """Of torch's properties, as far as this torch has them."""
    capability = (found.major, found.minor)
    clock = getattr(found, "clock_rate", 0) * 1e3
    bus, memory_clock = getattr(found, "memory_bus_width", 0), getattr(found, "memory_clock_rate", 0) * 1e3
    sms = found.multi_processor_count
    row = {
        "name": found.name,
        "capability": f"{found.major}.{found.minor}",
        "sms": sms,
        "memory_gib": round(found.total_memory / 2**30, 1),
        "l2_mib": round(getattr(found, "L2_cache_size", 0) / 2**20, 1),
        "shared_kib_per_sm": round(getattr(found, "shared_memory_per_multiprocessor", 0) / 1024),
        "shared_kib_per_block": round(getattr(found, "shared_memory_per_block_optin", 0) / 1024),
        "registers_per_sm": getattr(found, "regs_per_multiprocessor", 0),
        "threads_per_sm": getattr(found, "max_threads_per_multi_processor", 0),
        "clock_mhz": round(clock / 1e6),
        "theoretical_gb_per_s": round(2 * memory_clock * bus / 8 / 1e9),
    }
    if clock:
        row["fp32_tflops"] = round(2 * sms * clock * FP32_FMA.get(capability, 128) / 1e12)
    if clock and capability in TENSOR_FMA:
        row["fp16_tensor_tflops"] = round(2 * sms * clock * TENSOR_FMA[capability] / 1e12)
    return {key: value for key, value in row.items() if value}


if __name__ == "__main__":
    answer = {**processor(), **from_torch(), "nvidia_smi": from_nvidia_smi()}
    print(sys.argv[2] + json.dumps(answer), flush=True)
