"""ncu report: hardware counters by kernel, from `ncu --csv --page details`.

Written from the columns in NVIDIA's Nsight Compute manual; not yet seen against a GPU by this project.
"""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Mapping

OPTIONS = (
    *("--csv", "--page", "details", "--target-processes", "all"),
    *("--section", "SpeedOfLight", "--section", "Occupancy", "--section", "LaunchStats"),
    *("--section", "WarpStateStats", "--section", "MemoryWorkloadAnalysis"),
)
LAUNCHES = "40"
"""Profiled of a program: each is run again for every set of counters."""
REFUSED = "ERR_NVGPUCTRPERM"
COLUMNS = {
    "Compute (SM) Throughput": "SM %", "Memory Throughput": "memory %", "DRAM Throughput": "DRAM %",
    "L2 Cache Throughput": "L2 %", "Theoretical Occupancy": "occupancy could be %",
    "Achieved Occupancy": "occupancy is %", "Registers Per Thread": "registers",
}  # fmt: skip
TOP = 10
TO_MICROSECONDS = {"second": 1e6, "s": 1e6, "msecond": 1e3, "ms": 1e3, "usecond": 1.0, "us": 1.0,
                   "nsecond": 1e-3, "ns": 1e-3}  # fmt: skip


def counters(printed: str) -> dict[str, dict[str, list[float]]]:
    """Kernel name to metric name to the value of each launch; `Duration` in microseconds."""
    lines = printed.splitlines()
    start = next((number for number, line in enumerate(lines) if line.startswith('"ID",')), None)
    found: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    if start is None:
        return {}
    for row in csv.DictReader(io.StringIO("\n".join(lines[start:]))):
        kernel, metric, value = (
            row.get(each) or "" for each in ("Kernel Name", "Metric Name", "Metric Value")
        )
        unit = row.get("Metric Unit") or ""
        try:
            number = float(value.replace(",", ""))
        except ValueError:
            continue
        if metric == "Duration":
            number *= TO_MICROSECONDS.get(unit, 1.0)
        elif metric == "Memory Throughput" and unit != "%":
            continue  # the same name for bytes a second, in another section
        found[kernel][metric].append(number)
    return {kernel: dict(metrics) for kernel, metrics in found.items()}


def counter_table(found: Mapping[str, Mapping[str, list[float]]]) -> list[str]:
    """For a model: the kernels that took longest in all, and what each is limited by."""
    order = sorted(found.items(), key=lambda item: -sum(item[1].get("Duration", [0.0])))
    names = list(COLUMNS.values())
    lines = ["kernel | launches | total us | " + " | ".join(names) + " | limited by"]
    for kernel, metrics in order[:TOP]:
        durations = metrics.get("Duration", [])
        values = [mean_of(metrics.get(each, [])) for each in COLUMNS]
        shown = " | ".join("-" if value is None else f"{value:.0f}" for value in values)
        lines.append(
            f"{kernel[:80]} | {len(durations)} | {sum(durations):.1f} | {shown} | {limited_by(metrics)}"
        )
    return lines


def limited_by(metrics: Mapping[str, list[float]]) -> str:
    """By the rule of the Speed Of Light section: 60 % of a peak is busy; below it on both sides it waits."""
    compute = mean_of(metrics.get("Compute (SM) Throughput", [])) or 0.0
    memory = mean_of(metrics.get("Memory Throughput", [])) or 0.0
    if max(compute, memory) < 60:
        return "latency"
    return "arithmetic" if compute >= memory else "memory"


def mean_of(values: list[float]) -> float | None:
    return sum(values) / len(values) if values else None
