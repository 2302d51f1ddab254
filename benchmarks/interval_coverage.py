"""How often our intervals hold the truth, and how often a comparison says that what is equal differs.

Simulated sweeps of the speedrun paper's shape, 19 tasks × 3 seeds, from worlds whose truth is known: scores
with normal noise, with noise that grows with the score, mostly zero as fractions of a speed-up recovered are,
heavy to one side, and passed or failed. Beside ours stand rliable's percentile bootstrap and Student's t.
Then the false alarms of the sign-flip test with and without Holm's correction, and its power against the
smallest difference that `detectable_difference` says could be seen. Exits with 1 if in a world that is not
marked as hard ours covers less than 93 % or more than 97 %, or a test alarms falsely in more than 5 % of the
sweeps (with two standard errors of leeway for the simulation's own noise, three where 24 tests are made).

    python -m benchmarks.interval_coverage [--sweeps 1000] [--resamples 500] [--tasks 19] [--seeds 3]
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from agentkit.statistics import aggregates
from agentkit.statistics.detectable import detectable_difference
from agentkit.statistics.hierarchical_bootstrap import Name, Tasks, hierarchical_interval, standard_error
from agentkit.statistics.holm import holm
from agentkit.statistics.ratio import Array
from agentkit.statistics.score_table import ScoreTable
from agentkit.statistics.sign_flip import sign_flip_p
from agentkit.statistics.stratified_bootstrap import stratified_interval
from agentkit.statistics.student import two_sided_quantile

Chance = np.random.Generator
ENDLESS = 4000
"""Seeds of a task, from which its true figure is had where no formula gives it."""


@dataclass(frozen=True)
class World:
    """`parameters` are of the tasks; `draw` gives tasks × seeds of them; `hard`: shown, and not held to."""

    parameters: Callable[[Chance, int], Array]
    draw: Callable[[Chance, Array, int], Array]
    mean_of_task: Callable[[Array], Array]
    mean_of_all: float
    hard: bool = False


def _zeros(chance: Chance, rates: Array, seeds: int) -> Array:
    shape = (len(rates), seeds)
    return np.where(chance.random(shape) < rates[:, None], chance.beta(2, 2, shape), 0.0)


def _normal(scatter: Callable[[Array], Array]) -> Callable[[Chance, Array, int], Array]:
    return lambda chance, middles, seeds: (
        middles[:, None] + chance.normal(size=(len(middles), seeds)) * scatter(middles)[:, None]
    )


WORLDS: Mapping[str, World] = {
    "normal": World(
        lambda chance, tasks: chance.normal(0.2, 0.15, tasks),
        _normal(lambda middles: np.full_like(middles, 0.1)),
        lambda middles: middles,
        0.2,
    ),
    "growing noise": World(
        lambda chance, tasks: chance.gamma(2, 0.1, tasks),
        _normal(lambda middles: 0.05 + 0.5 * middles),
        lambda middles: middles,
        0.2,
    ),
    "speed-up recovered": World(
        lambda chance, tasks: chance.beta(0.5, 1, tasks), _zeros, lambda rates: rates / 2, 0.5 * 0.5 / 1.5
    ),
    "passed or failed": World(
        lambda chance, tasks: chance.beta(1, 1, tasks),
        lambda chance, rates, seeds: (chance.random((len(rates), seeds)) < rates[:, None]).astype(float),
        lambda rates: rates,
        0.5,
    ),
    "heavy to one side": World(
        lambda chance, tasks: chance.normal(-2, 0.7, tasks),
        lambda chance, logs, seeds: np.exp(logs[:, None] + chance.normal(0, 0.6, (len(logs), seeds))),
        lambda logs: np.exp(logs + 0.18),
        math.exp(-2 + 0.245 + 0.18),
        hard=True,
    ),
    "nine of ten are zero": World(
        lambda chance, tasks: chance.beta(0.11, 1, tasks), _zeros, lambda rates: rates / 2, 0.5 * 0.11 / 1.11,
        hard=True,
    ),
}  # fmt: skip


def table_of(values: Array) -> ScoreTable:
    return ScoreTable(tuple(f"task{number}" for number in range(len(values))), values, 0)


def covered(world: World, name: Name, tasks_are: Tasks, arguments: argparse.Namespace) -> dict[str, float]:
    """The share of sweeps in which each interval holds the truth; `none`: in which ours knows none."""
    figure = {"mean": aggregates.mean, "iqm": aggregates.iqm}[name]
    chance = np.random.default_rng(17)
    held = dict.fromkeys(("ours", "t", "plain", "none"), 0)
    for sweep in range(arguments.sweeps):
        parameters = world.parameters(chance, arguments.tasks)
        values = world.draw(chance, parameters, arguments.seeds)
        truth = _truth(world, name, tasks_are, parameters, chance)
        found = hierarchical_interval(
            table_of(values), name, tasks_are=tasks_are, resamples=arguments.resamples, seed=sweep
        )
        assert found is not None
        if found.low is None or found.high is None:
            held["none"] += 1
            continue
        held["ours"] += found.low <= truth <= found.high
        low, high = stratified_interval(
            values, figure, tasks_are=tasks_are, resamples=arguments.resamples, seed=sweep
        )
        held["plain"] += low <= truth <= high
        error = standard_error(table_of(values), name, tasks_are) or 0.0
        freedom = len(values) - 1 if tasks_are == "sampled" else len(values) * (arguments.seeds - 1)
        held["t"] += abs(found.value - truth) <= two_sided_quantile(0.95, freedom) * error
    known = max(1, arguments.sweeps - held["none"])
    return {each: count / known for each, count in held.items() if each != "none"} | {
        "none": held["none"] / arguments.sweeps
    }


def _truth(world: World, name: Name, tasks_are: Tasks, parameters: Array, chance: Chance) -> float:
    if name == "mean":
        return float(world.mean_of_task(parameters).mean()) if tasks_are == "fixed" else world.mean_of_all
    return float(aggregates.iqm(world.draw(chance, parameters, ENDLESS)))


def show_coverage(arguments: argparse.Namespace) -> bool:
    """True if every world that is held to is within bounds."""
    good = True
    leeway = 2 * math.sqrt(0.05 * 0.95 / arguments.sweeps)
    print(f"{'world':22}{'figure':8}{'tasks':9}{'ours':>8}{'t':>8}{'plain':>8}{'no interval':>13}")
    for title, world in WORLDS.items():
        cases: list[tuple[Name, Tasks]] = [("mean", "fixed"), ("mean", "sampled"), ("iqm", "fixed")]
        for name, tasks_are in cases:
            shares = covered(world, name, tasks_are, arguments)
            held_to = not world.hard and name == "mean"
            good &= not held_to or 0.93 - leeway <= shares["ours"] <= 0.97 + leeway
            cells = "".join(f"{100 * shares[each]:8.1f}" for each in ("ours", "t", "plain"))
            mark = "" if held_to else "  (not held to)"
            print(f"{title:22}{name:8}{tasks_are:9}{cells}{100 * shares['none']:13.1f}{mark}", flush=True)
    return good


def alarms(world: World, tasks_are: Tasks, arguments: argparse.Namespace) -> tuple[float, float]:
    """Of sweeps in which nothing differs: one comparison, and any of three after Holm's correction."""
    chance = np.random.default_rng(23)
    single = family = 0
    for sweep in range(arguments.sweeps):
        parameters = world.parameters(chance, arguments.tasks)
        first, *others = (world.draw(chance, parameters, arguments.seeds) for _ in range(4))
        p_values = [
            sign_flip_p(table_of(first - each), tasks_are=tasks_are, flips=999, seed=sweep) for each in others
        ]
        single += p_values[0] <= 0.05
        family += min(holm(p_values)) <= 0.05
    return single / arguments.sweeps, family / arguments.sweeps


def show_alarms(arguments: argparse.Namespace) -> bool:
    most = 0.05 + 3 * math.sqrt(0.05 * 0.95 / arguments.sweeps)
    good = True
    print(f"\n{'false alarms, %':22}{'tasks':9}{'one test':>10}{'any of three, Holm':>20}")
    kinds: tuple[Tasks, ...] = ("fixed", "sampled")
    for title, world in WORLDS.items():
        for tasks_are in kinds:
            single, family = alarms(world, tasks_are, arguments)
            good &= max(single, family) <= most
            print(f"{title:22}{tasks_are:9}{100 * single:10.1f}{100 * family:20.1f}", flush=True)
    return good


def show_power(arguments: argparse.Namespace) -> None:
    """Sweeps with a true difference, in the world of speed-ups recovered and in the normal one."""
    print(f"\n{'power, %':22}{'seeds':>6}{'could be seen':>15}" + "".join(f"{d:>8}" for d in DIFFERENCES))
    for title in ("normal", "speed-up recovered"):
        for seeds in (3, 5, 10):
            chance = np.random.default_rng(29)
            found = dict.fromkeys(DIFFERENCES, 0)
            smallest = []
            for sweep in range(arguments.sweeps // 5):
                parameters = WORLDS[title].parameters(chance, arguments.tasks)
                first, second = (WORLDS[title].draw(chance, parameters, seeds) for _ in range(2))
                smallest.append(detectable_difference(table_of(first - second)) or math.nan)
                for difference in DIFFERENCES:
                    gaps = table_of(first + difference - second)
                    found[difference] += sign_flip_p(gaps, flips=499, seed=sweep) <= 0.05
            shares = "".join(f"{100 * each / len(smallest):8.0f}" for each in found.values())
            print(f"{title:22}{seeds:6}{np.nanmean(smallest):15.3f}{shares}", flush=True)


DIFFERENCES = (0.0, 0.02, 0.04, 0.06, 0.08, 0.12, 0.16)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sweeps", type=int, default=1000)
    parser.add_argument("--resamples", type=int, default=500)
    parser.add_argument("--tasks", type=int, default=19)
    parser.add_argument("--seeds", type=int, default=3)
    arguments = parser.parse_args()
    began = time.monotonic()
    print(
        f"{arguments.sweeps} sweeps of {arguments.tasks} tasks x {arguments.seeds} seeds; coverage of 95 %:"
    )
    covers = show_coverage(arguments)
    quiet = show_alarms(arguments)
    show_power(arguments)
    print(f"\n{time.monotonic() - began:.0f} s; coverage {covers}, false alarms {quiet}")
    return 0 if covers and quiet else 1


if __name__ == "__main__":
    sys.exit(main())
