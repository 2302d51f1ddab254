"""How often `agentkit compare` says that two equal ways of working differ, and what differences it finds.

Simulated sweeps of the speedrun paper's shape, 19 tasks × 3 seeds for each of two sides, go through the
command's own core, from rows of runs to the sentence; some runs failed, which makes their pair missing. First
sweeps in which nothing differs, then with a true difference. Exits with 1 if more than 5 % of the former are
said to differ (with three standard errors of leeway for the simulation's own noise).

    python -m benchmarks.compare_errors [--sweeps 1000] [--resamples 200] [--flips 999] [--tasks 19]
"""

from __future__ import annotations

import argparse
import math
import sys
import time

import numpy as np

from agentkit.runs.tables.comparison.compare import compare
from agentkit.runs.tables.comparison.records import Contrast
from agentkit.runs.tables.comparison.sides import Side
from agentkit.runs.tables.row import RunRow
from agentkit.statistics.hierarchical_bootstrap import Tasks
from agentkit.statistics.ratio import Array
from benchmarks.interval_coverage import WORLDS

DIFFERENCES = (0.02, 0.04, 0.06, 0.08, 0.12, 0.16)
SEEDS = (3, 5, 10)
FAILED = 0.03
"""Of all runs: those that a fault ended, which are missing and not 0."""


def side(name: str, scores: Array, chance: np.random.Generator) -> Side:
    rows = [
        RunRow(
            run=f"{name}-{task}-{seed}", folder=f"{name}-{task}-{seed}",
            task=f"task{task}", scaffold=name, seed=seed,
            state="failed" if failed else "finished", score=None if failed else float(scores[task, seed]),
            trust="verified", attempts=1,
        )
        for task, seed in np.ndindex(*scores.shape)
        for failed in [chance.random() < FAILED]
    ]  # fmt: skip
    return Side(name, rows)


def one_sweep(
    world: str, seeds: int, difference: float, tasks_are: Tasks, sweep: int, arguments: argparse.Namespace
) -> Contrast:
    """The same seed gives the same sweep, whatever the difference that is put into it."""
    chance = np.random.default_rng([sweep, seeds])
    parameters = WORLDS[world].parameters(chance, arguments.tasks)
    first, second = (WORLDS[world].draw(chance, parameters, seeds) for _ in range(2))
    sides = [side("one", first, chance), side("other", second + difference, chance)]
    found = compare(sides, tasks_are=tasks_are, resamples=arguments.resamples, flips=arguments.flips)
    return found.contrasts[0]


def show_alarms(arguments: argparse.Namespace) -> bool:
    most = 0.05 + 3 * math.sqrt(0.05 * 0.95 / arguments.sweeps)
    good = True
    print(f"{'nothing differs':24}{'tasks':9}{'said to differ, %':>18}{'interval without 0, %':>23}{'n':>7}")
    kinds: tuple[Tasks, ...] = ("fixed", "sampled")
    for world in WORLDS:
        for tasks_are in kinds:
            found = [one_sweep(world, 3, 0.0, tasks_are, each, arguments) for each in range(arguments.sweeps)]
            said = sum(each.shown for each in found) / len(found)
            beside = [each.interval for each in found if each.interval is not None]
            without = sum(not low <= 0 <= high for low, high in beside) / max(1, len(beside))
            good &= said <= most
            print(f"{world:24}{tasks_are:9}{100 * said:18.1f}{100 * without:23.1f}{len(found):7}", flush=True)
    return good


def show_power(arguments: argparse.Namespace) -> None:
    print(
        f"\n{'said to differ, %':24}{'seeds':>6}{'could be seen':>15}"
        + "".join(f"{d:>8}" for d in DIFFERENCES)
    )
    for world in ("normal", "speed-up recovered"):
        for seeds in SEEDS:
            shares, smallest = [], []
            for difference in DIFFERENCES:
                found = [
                    one_sweep(world, seeds, difference, "fixed", each, arguments)
                    for each in range(arguments.sweeps // 5)
                ]
                shares.append(sum(each.shown for each in found) / len(found))
                smallest += [each.detectable for each in found if each.detectable is not None]
            line = "".join(f"{100 * each:8.0f}" for each in shares)
            print(f"{world:24}{seeds:6}{np.mean(smallest):15.3f}{line}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sweeps", type=int, default=1000)
    parser.add_argument("--resamples", type=int, default=200)
    parser.add_argument("--flips", type=int, default=999)
    parser.add_argument("--tasks", type=int, default=19)
    arguments = parser.parse_args()
    began = time.monotonic()
    print(f"{arguments.sweeps} sweeps of {arguments.tasks} tasks x 3 seeds x 2 sides, {FAILED:.0%} failed")
    quiet = show_alarms(arguments)
    show_power(arguments)
    print(f"\n{time.monotonic() - began:.0f} s; false alarms at most 5 %: {quiet}")
    return 0 if quiet else 1


if __name__ == "__main__":
    sys.exit(main())
