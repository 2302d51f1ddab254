"""python run.py GRAPHS.json OUT: plans of five levels for each graph, their costs, and a test of each."""

from __future__ import annotations

import csv
import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
from machine.plans import Kernel, run
from machine.tensors import Array, Graph, Node, interpret

from optimiser.levels import LEVELS

SEED = 42


def error_of(graph: Graph, plan: list[Kernel], inputs: dict[str, Array], expected: dict[str, Array]) -> float:
    _, found = run(graph, plan, inputs)
    return max(float(np.abs(found[name] - expected[name]).max()) for name in expected)


def broken(graph: Graph, plan: list[Kernel]) -> list[Kernel]:
    """The same plan with its first output off by a thousandth: a test that does not notice is none."""
    name = graph.outputs[0]

    def spoil(kernel: Kernel) -> Kernel:
        if name not in kernel.store:
            return kernel
        renamed = [rename(each, name) for each in kernel.nodes]
        return replace(
            kernel, nodes=(*renamed, Node(name, "shift", (f"{name}-right",), {"by": 1e-3})), keep=()
        )

    return [spoil(each) for each in plan]


def rename(node: Node, name: str) -> Node:
    """What made or read the output makes or reads it under another name."""
    new = f"{name}-right"
    args = tuple(new if each == name else each for each in node.args)
    return replace(node, name=new if node.name == name else node.name, args=args)


def main() -> None:
    graphs = [Graph.read(each) for each in json.loads(Path(sys.argv[1]).read_text())]
    out = Path(sys.argv[2])
    rng = np.random.default_rng(SEED)
    plans: dict[str, dict[str, object]] = {}
    rows: list[list[object]] = []
    checked: list[dict[str, object]] = []
    for graph in graphs:
        inputs = {name: rng.standard_normal(shape) / shape[0] ** 0.5 for name, shape in graph.inputs.items()}
        expected = interpret(graph, inputs)
        plans[graph.name] = {}
        for level, optimise in LEVELS.items():
            plan = optimise(graph)
            cost, _ = run(graph, plan)
            plans[graph.name][level] = [each.written() for each in plan]
            rows.append([graph.name, level, cost.kernels, cost.syncs, cost.bytes, cost.microseconds])
            error, worse = (error_of(graph, each, inputs, expected) for each in (plan, broken(graph, plan)))
            checked.append({"graph": graph.name, "level": level, "error": error, "broken": worse})
    (out / "plans.json").write_text(json.dumps(plans))
    (out / "correctness.json").write_text(json.dumps(checked, indent=1))
    with (out / "ablation.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["graph", "level", "kernels", "syncs", "bytes", "microseconds"], *rows])
    print_means(rows)


def print_means(rows: list[list[object]]) -> None:
    """Geometric means over the graphs, a line a level."""
    for level in LEVELS:
        values = np.array([row[2:] for row in rows if row[1] == level], float)
        means = np.exp(np.log(np.maximum(values[:, [0, 2, 3]], 1e-9)).mean(axis=0))
        print(f"{level}: {means[0]:.1f} kernels, {means[1] / 1024:.0f} kB, {means[2]:.1f} microseconds")


if __name__ == "__main__":
    main()
