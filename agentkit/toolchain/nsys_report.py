"""nsys report: the kernels of a program as events of a timeline, from `nsys stats --report cuda_gpu_trace`.

Written from the columns in NVIDIA's Nsight Systems manual; not yet seen against a GPU by this project.
"""

from __future__ import annotations

import csv
import io
from typing import Any

SCRIPT = """
nsys=$1 word=$2; shift 2
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
"$nsys" profile --trace=cuda --sample=none --cpuctxsw=none -o "$folder/run" "$@"; code=$?
printf '\\n%s\\n' "$word"
"$nsys" stats --quiet --report cuda_gpu_trace --format csv "$folder/run.nsys-rep"
exit $code
"""


def trace_events(printed: str) -> list[dict[str, Any]]:
    """As in a Chrome trace, in microseconds. Lines that are no table are left out."""
    lines = printed.splitlines()
    start = next((number for number, line in enumerate(lines) if line.startswith("Start (ns),")), None)
    if start is None:
        return []
    events: list[dict[str, Any]] = []
    for row in csv.DictReader(io.StringIO("\n".join(lines[start:]))):
        try:
            since, lasted = float(row["Start (ns)"]) / 1e3, float(row["Duration (ns)"]) / 1e3
        except (ValueError, TypeError, KeyError):
            continue
        name = row.get("Name") or "?"
        kind = "gpu_memcpy" if name.startswith(("[CUDA memcpy", "[CUDA memset")) else "kernel"
        events.append({"name": name, "cat": kind, "ts": since, "dur": lasted, "args": {}})
    return events
