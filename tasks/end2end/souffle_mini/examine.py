"""What the harness runs and measures: plans for hidden graphs, costed and executed on its own machine."""

from __future__ import annotations

import asyncio
import json
import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..examining import Bench, Ran, Refused
from .files.start.machine.plans import Cost
from .files.start.machine.tensors import Graph
from .levels import LEVELS, Weighed, weigh_plan
from .records import ablation_right, correctness_right
from .zoo import draw_graphs, draw_inputs

HIDDEN = 7919
"""Mixed into the seed, so that others are drawn than the samples which everybody is given."""
SAMPLES = 1
A_FAMILY = 3
GAINS = {"horizontal": ("V0", "V1"), "vertical": ("V1", "V2"), "sync": ("V2", "V3"), "reuse": ("V3", "V4")}
FIGURES = {
    "speedup": 0.0,
    "kernels_ratio": 0.0,
    "bytes_ratio": 0.0,
    "correct": 0.0,
    **{f"gain_{name}": 0.0 for name in GAINS},
    "ablation_right": 0.0,
    "correctness_right": 0.0,
}
Table = Mapping[str, Mapping[str, Weighed]]


class KernelFusion:
    """Implements `examining.Examination`."""

    figures: Mapping[str, float] = FIGURES

    def prepare(self, folder: Path) -> None:
        graphs = [each.written() for each in draw_graphs(SAMPLES)]
        (folder / "graphs.json").write_text(json.dumps(graphs, indent=1), encoding="utf-8")

    async def examine(self, bench: Bench) -> str:
        graphs = draw_graphs([bench.seed, HIDDEN], A_FAMILY)
        given = json.dumps([each.written() for each in graphs]).encode()
        ran = await bench.run("study", ("run.py", "given/graphs.json", "out"), {"graphs.json": given})
        found = await asyncio.to_thread(measure, graphs, ran)
        bench.figures.update(found)
        fewer = f"{found['kernels_ratio']:.1f} and {found['bytes_ratio']:.1f} times fewer kernels and bytes"
        return f"{found['speedup']:.2f} times as fast, {fewer}; {found['correct']:.0%} of all plans are right"


def measure(graphs: Sequence[Graph], ran: Ran) -> dict[str, float]:
    """All figures. Raises Refused where the best plan of a graph does not come to the graph's outputs."""
    written = ran.read_json("plans.json")
    # Drawn now, by the machine's randomness: no plan can hold a result.
    rng = np.random.default_rng(int.from_bytes(os.urandom(16)))
    table: dict[str, dict[str, Weighed]] = {}
    for graph in graphs:
        inputs, plans = draw_inputs(graph, rng), member(written, graph.name)
        table[graph.name] = {
            level: weigh_plan(level, graph, member(plans, level), inputs) for level in LEVELS
        }
        best = table[graph.name]["V4"]
        if best.fault:
            raise Refused("invalid", f"plan V4 of {graph.name}: {best.fault}")
    return {
        "speedup": ratio(table, "V4", lambda cost: cost.microseconds),
        "kernels_ratio": ratio(table, "V4", lambda cost: cost.kernels),
        "bytes_ratio": ratio(table, "V4", lambda cost: cost.bytes),
        "correct": mean([not each.fault for row in table.values() for each in row.values()]),
        **{f"gain_{name}": gain(table, *levels) for name, levels in GAINS.items()},
        "ablation_right": ablation_right(table, ran.read("ablation.csv")),
        "correctness_right": correctness_right(table, ran.read_json("correctness.json")),
    }


def member(written: Any, name: str) -> Any:
    return written.get(name) if isinstance(written, dict) else None


def mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def geometric(values: Sequence[float]) -> float:
    return math.exp(mean([math.log(each) for each in values]))


def ratio(table: Table, level: str, of: Any) -> float:
    """By how much the level is below the unfused graph, as a geometric mean over graphs."""
    return geometric([of(row[level].unfused) / of(row[level].cost) for row in table.values()])


def gain(table: Table, before: str, after: str) -> float:
    """In time, from one level to the next; a graph whose plans are not both right gains nothing."""

    def of(row: Mapping[str, Weighed]) -> float:
        one, other = row[before], row[after]
        return 1.0 if one.fault or other.fault else time_of(one.cost) / time_of(other.cost)

    return geometric([of(row) for row in table.values()])


def time_of(cost: Cost) -> float:
    return cost.microseconds


examination = KernelFusion()
