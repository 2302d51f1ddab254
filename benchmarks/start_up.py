"""How long `agentkit --help` and `agentkit list` take to answer, and what they must not import.

    python benchmarks/start_up.py [--runs 10]

Prints the median wall time of each beside Python's own start. Exits with 1 if a limit is passed
or a heavy module was imported.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
HEAVY = ("docker", "langgraph", "litellm", "mcp", "numpy", "rich", "torch", "tree_sitter")

COMMANDS: Mapping[str, tuple[tuple[str, ...], float | None, tuple[str, ...]]] = {
    "python -c pass": (("-c", "pass"), None, ()),
    "python -c 'import pydantic'": (("-c", "import pydantic"), None, ()),
    "agentkit --help": (("-m", "agentkit", "--help"), 0.150, (*HEAVY, "pydantic")),
    "agentkit list": (("-m", "agentkit", "list"), 0.300, HEAVY),
    "agentkit list tasks": (("-m", "agentkit", "list", "tasks"), None, HEAVY),
}
"""What is run, the limit on its median in seconds, and what it must not import."""


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(CHECKOUT)}


def measure(words: Sequence[str], folder: Path, runs: int) -> list[float]:
    """Wall seconds of each run, after one that is not counted because it fills the caches."""
    seconds = []
    for _ in range(runs + 1):
        start = time.perf_counter()
        subprocess.run(
            [sys.executable, *words], cwd=folder, env=environment(), stdout=subprocess.DEVNULL, check=True
        )
        seconds.append(time.perf_counter() - start)
    return seconds[1:]


def imported(words: Sequence[str], folder: Path) -> set[str]:
    """Top-level names of all modules a command imports, as Python itself reports them."""
    result = subprocess.run(
        [sys.executable, "-X", "importtime", *words],
        cwd=folder, env=environment(), capture_output=True, text=True, check=True,
    )  # fmt: skip
    lines = (line for line in result.stderr.splitlines() if line.startswith("import time:"))
    return {line.rsplit("|", 1)[-1].strip().split(".")[0] for line in lines}


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=10)
    runs: int = parser.parse_args().runs
    faults = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        print(f"{'command':<30} {'median':>8} {'fastest':>8} {'limit':>8}   of {runs} runs, in ms")
        for title, (words, limit, forbidden) in COMMANDS.items():
            seconds = measure(words, folder, runs)
            median = statistics.median(seconds)
            shown = f"{limit * 1000:8.0f}" if limit else f"{'':8}"
            print(f"{title:<30} {median * 1000:8.0f} {min(seconds) * 1000:8.0f} {shown}")
            if limit and median > limit:
                faults.append(f"{title}: {median * 1000:.0f} ms is more than {limit * 1000:.0f} ms")
            heavy = imported(words, folder) & set(forbidden)
            faults += [f"{title}: imports {module}" for module in sorted(heavy)]
    print("\n".join(faults) or "every command is within its limit, and none imports what it must not")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
