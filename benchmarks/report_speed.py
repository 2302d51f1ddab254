"""How long `agentkit report` takes over many finished runs, how much memory, and what its parts must cost.

    python -m benchmarks.report_speed [--runs 10000] [--folder DIR]

Makes the runs of benchmarks.tables: 19 tasks × 5 scaffolds × 6 hints × 3 models, 20 attempts each. Prints
wall and CPU seconds and peak memory of the whole command, in a process of its own: the first time, when no
index of the rows is there, and the second. Beside them two floors: a process that parses every summary as
JSON and keeps nothing, and one that imports matplotlib and draws one empty figure. Exits with 1 if a report
takes more than 20 s of CPU or 500 MB; wall seconds are what a busy machine makes of them.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.tables import make_runs

CHECKOUT = Path(__file__).resolve().parents[1]
MOST_SECONDS, MOST_MEGABYTES = 20.0, 500.0
PARSING = """\
import json, pathlib, sys
for run in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    if (run / "summary.json").is_file():
        json.loads((run / "summary.json").read_bytes())
"""
DRAWING = """\
import io
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
FigureCanvasSVG(Figure()).print_svg(io.StringIO())
"""
REPORT = "import sys; from agentkit.cli.main import main; sys.exit(main(sys.argv[1:]))"


def main() -> int:
    parser = argparse.ArgumentParser(description="Speed of agentkit report.")
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--folder", help="where runs are, or are made; else a temporary folder")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(arguments.folder or Path(scratch, "runs"))
        if not folder.is_dir():
            folder.mkdir(parents=True)
            make_runs(folder, arguments.runs)
        print(f"{'':<24} {'wall s':>8} {'CPU s':>8} {'MB':>6}")
        measure("parsing the summaries", ["-c", PARSING, str(folder)], scratch)
        measure("matplotlib, one figure", ["-c", DRAWING], scratch)
        command = ["-c", REPORT, "report", str(folder), "--out", str(Path(scratch, "report"))]
        worst = [measure(f"report, {name}", command, scratch) for name in ("first", "second")]
        size = Path(scratch, "report", "report.html").stat().st_size / 1e6
    print(f"the page: {size:.1f} MB")
    slow = [each for each in worst if each[0] > MOST_SECONDS or each[1] > MOST_MEGABYTES]
    return 1 if slow else 0


def measure(name: str, command: list[str], scratch: str) -> tuple[float, float]:
    """CPU seconds and peak megabytes of one process."""
    environ = os.environ | {"PYTHONPATH": str(CHECKOUT), "AGENTKIT_CACHE_FOLDER": str(Path(scratch, "cache"))}
    began = time.perf_counter()
    process = subprocess.Popen([sys.executable, *command], env=environ, stdout=subprocess.DEVNULL)
    _, code, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(code)
    if process.returncode:
        raise SystemExit(f"{name} ended with {process.returncode}")
    cpu, megabytes = seconds_of(used), used.ru_maxrss / 1024
    print(f"{name:<24} {wall:>8.1f} {cpu:>8.1f} {megabytes:>6.0f}", flush=True)
    return cpu, megabytes


def seconds_of(used: resource.struct_rusage) -> float:
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    sys.exit(main())
