"""How long `agentkit table` takes over many finished runs, how much memory, and what a bare reading takes.

    python -m benchmarks.tables [--runs 10000] [--folder DIR]

Makes that many runs of 19 tasks × 90 configurations, each with a manifest, a short journal and a summary of
20 attempts, as a run of that length has it. Prints wall seconds, processor seconds and memory of the first
look, which reads every summary, and of later ones, which read an index; beside them Python's own start, and a
process that reads all summaries and does nothing with them. Exits with 1 if a later look takes more than 1 s,
or 500 MB.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from agentkit.contracts.attempt import Cost
from agentkit.contracts.summary import Answer, AttemptRow, BudgetUse, ReferenceEnds, Summary
from agentkit.settings import Settings

CHECKOUT = Path(__file__).resolve().parents[1]
SECONDS, MEGABYTES = 1.0, 500.0
SCAFFOLDS = ("aide", "greedy", "beam", "mcts", "evolution")
HINTS = ("none", "pseudocode", "text", "paper", "pseudocode+text", "pseudocode+text+paper")
MODELS = ("provider/one", "provider/two", "provider/three")
FLOOR = """\
import pathlib, sys
total = 0
for run in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    total += len((run / "summary.json").read_bytes())
print(f"{total / 1e6:.0f} MB")
"""


def make_runs(folder: Path, count: int) -> None:
    caps = {"attempts": 20, "dollars": 5.0, "tokens": None, "minutes": None, "gpu_seconds": None}
    for number in range(count):
        name = f"{20260101 + number // 5000}-{number % 5000:06d}-speedrun"
        summary = summary_of(number, str(folder / name), caps)
        path = folder / name
        path.mkdir()
        told = {
            "schema": 1, "task": summary.task, "scaffold": summary.scaffold, "model": summary.model,
            "hints": summary.hints, "profile": summary.profile, "sandbox": summary.sandbox,
            "seed": summary.seed,
            "settings": summary.settings, "budget": caps, "metric": {"name": "train_seconds", "unit": "s"},
        }  # fmt: skip
        (path / "run.json").write_text(json.dumps(told))
        event = {"v": 1, "n": 0, "t": 1.0, "kind": "run_started", "attempt": "", "data": {}}
        (path / "journal.jsonl").write_text(json.dumps(event) + "\n")
        (path / "summary.json").write_text(summary.model_dump_json(indent=2) + "\n")


def summary_of(number: int, folder: str, caps: dict[str, float | None]) -> Summary:
    task, rest = number % 19, number // 19
    hints = HINTS[rest % 6]
    scaffold, model, seed = SCAFFOLDS[rest // 6 % 5], MODELS[rest // 30 % 3], rest // 90
    settings = Settings(scaffold=scaffold, model=model, seed=seed, hints=(hints,)).model_dump(mode="json")
    seconds = 300.0 - number * 7919 % 100
    rows = tuple(
        AttemptRow(
            id=f"a{each}", operator="improve", parents=(f"a{each - 1}",) if each > 1 else (),
            status="valid" if each % 3 else "crash", trust="verified", seconds=seconds + each,
            metrics={"train_seconds": seconds + each, "loss": 3.27, "gpu_seconds": 8 * seconds},
            cost=Cost(tokens=21_000, dollars=0.11, seconds=31.0, calls=9, gpu_seconds=8 * seconds),
            fsr=0.01 * each, plan="Replace the optimiser by one that orthogonalises its updates",
            reason="" if each % 3 else "RuntimeError: mat1 and mat2 shapes cannot be multiplied",
        )
        for each in range(1, 21)
    )  # fmt: skip
    best = Answer(
        attempt="a19", fsr=(320 - seconds) / 40, fsr_interval=(0.1, 0.6), seconds=seconds, loss=3.27,
        trust="verified", isolation="docker", metrics={"train_seconds": seconds, "loss": 3.27},
        measurements=3, valid_measurements=3,
    )  # fmt: skip
    ends = ReferenceEnds(
        metric="train_seconds", unit="s", start=320.0, target=280.0, start_sd=1.0, target_sd=1.0, pairs=3,
        gap_in_errors=30.0, measurable=True,
    )  # fmt: skip
    return Summary(
        run=Path(folder).name, folder=folder, state="ended", reason="20 attempts were made",
        task=f"speedrun/record{task + 1}", scaffold=scaffold, model=model,
        hints=() if hints == "none" else tuple(hints.split("+")), profile="gpu8", sandbox="docker", seed=seed,
        best=best if number % 10 else None, attempts=rows, reference=ends, settings=settings,
        budget=BudgetUse(attempts=20, tokens=420_000, dollars=2.2, minutes=95.0, caps=caps),
    )  # fmt: skip


def measured(words: Sequence[str], cache: Path) -> tuple[float, float, float]:
    """Wall seconds, processor seconds and peak megabytes of that process alone."""
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT), "XDG_CACHE_HOME": str(cache)}
    began = time.perf_counter()
    process = subprocess.Popen([sys.executable, *words], env=environment, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    if status:
        raise SystemExit(f"{' '.join(words)} failed")
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--folder", type=Path, help="where runs that were made before are, or shall stay")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = arguments.folder or Path(name, "runs")
        if not folder.is_dir():
            folder.mkdir(parents=True)
            make_runs(folder, arguments.runs)
            time.sleep(3)  # an index does not keep what was written just now
        table = ["-m", "agentkit", "table", str(folder)]
        looks = {
            "python -c pass": (["-c", "pass"], 3),
            "agentkit --version": (["-m", "agentkit", "--version"], 3),
            "all summaries read, nothing done": (["-c", FLOOR, str(folder)], 3),
            "agentkit table, the first look": (table, 1),
            "agentkit table, later": (table, 5),
            "… --where scaffold=aide,seed=0": ([*table, "--where", "scaffold=aide,seed=0"], 3),
            "… --by hints,scaffold": ([*table, "--by", "hints,scaffold"], 3),
            "… --out runs.csv": ([*table, "--out", f"{name}/runs.csv"], 3),
            "… --out runs.parquet": ([*table, "--out", f"{name}/runs.parquet"], 3),
        }
        print(f"{f'{arguments.runs:,} runs':40}{'wall s':>8}{'fastest':>9}{'CPU s':>8}{'MB':>7}")
        good = True
        for title, (words, times) in looks.items():
            found = [measured(words, Path(name, "cache")) for _ in range(times)]
            seconds, processor, megabytes = zip(*found, strict=True)
            middle, most = statistics.median(seconds), max(megabytes)
            print(
                f"{title:40}{middle:8.2f}{min(seconds):9.2f}{statistics.median(processor):8.2f}{most:7.0f}",
                flush=True,
            )
            good &= title != "agentkit table, later" or (min(seconds) <= SECONDS and most <= MEGABYTES)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
