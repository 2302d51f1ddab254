"""The five levels of the ablation: what a plan of each may do, and whether one is right."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .files.start.machine.plans import Cost, Kernel, run, unfused
from .files.start.machine.tensors import Array, BadPlan, Graph, interpret

TOLERANCE = 1e-9
"""Of an output, relative to its largest value; plans are computed in float64."""
MOST_TIMES = 20
"""So many nodes for each of the graph's; nobody needs to recompute more."""


@dataclass(frozen=True)
class Weighed:
    """A plan, as the harness found it."""

    cost: Cost
    """That of the unfused graph, where the plan has a fault."""
    unfused: Cost
    fault: str = ""
    """Why it is no plan of its level for this graph."""


def alone(plan: Sequence[Kernel], cost: Cost) -> str:
    return "a kernel has more than one node" if any(len(each.nodes) != 1 for each in plan) else ""


def side_by_side(plan: Sequence[Kernel], cost: Cost) -> str:
    for number, kernel in enumerate(plan):
        made = {each.name for each in kernel.nodes}
        if any(made & set(each.args) for each in kernel.nodes):
            return f"kernel {number} has nodes that depend on one another"
    return ""


def chains(plan: Sequence[Kernel], cost: Cost) -> str:
    return f"it synchronises {cost.syncs} times" if cost.syncs else ""


def anything(plan: Sequence[Kernel], cost: Cost) -> str:
    return ""


LEVELS: Mapping[str, Callable[[Sequence[Kernel], Cost], str]] = {
    "V0": alone,
    "V1": side_by_side,
    "V2": chains,
    "V3": anything,
    "V4": anything,
}
"""Name to what a plan of that level may not do; only the last may keep anything on the chip."""


def weigh_plan(level: str, graph: Graph, written: Any, inputs: Mapping[str, Array]) -> Weighed:
    """Never raises for what was written."""
    bare, _ = run(graph, unfused(graph))
    try:
        plan = read_plan(written, MOST_TIMES * len(graph.nodes))
        cost, found = run(graph, plan, inputs)
        fault = LEVELS[level](plan, cost) or wrong_output(graph, found, inputs)
        if not fault and level != "V4" and any(each.keep for each in plan):
            fault = "it keeps tensors on the chip"
    except BadPlan as problem:
        cost, fault = bare, str(problem)
    # It may quote what was written, down to what is no character.
    fault = fault[:300].encode("ascii", errors="backslashreplace").decode("ascii")
    return Weighed(bare if fault else cost, bare, fault)


def read_plan(written: Any, most: int) -> list[Kernel]:
    if not isinstance(written, list) or not written:
        raise BadPlan("there is no plan" if written is None else "a plan is a list of kernels")
    plan = [Kernel.read(each) for each in written[: most + 1]]
    if len(plan) > most or sum(len(each.nodes) for each in plan) > most:
        raise BadPlan(f"it has more than {most} kernels or nodes")
    return plan


def wrong_output(graph: Graph, found: Mapping[str, Array], inputs: Mapping[str, Array]) -> str:
    for name, expected in interpret(graph, inputs).items():
        if found[name].shape != expected.shape:
            return f"output {name} has the shape {found[name].shape}, not {expected.shape}"
        with np.errstate(all="ignore"):
            error = np.abs(found[name] - expected).max() / max(np.abs(expected).max(), 1e-30)
        if not error <= TOLERANCE:
            return f"output {name} is wrong by {error:.1e} of its size"
    return ""
