"""python check.py: evidence that the optimiser is right, on sample graphs and on one worked out by hand."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
from machine.plans import CHIP, run
from machine.tensors import Graph, Node, interpret

from optimiser.cleaning import clean
from optimiser.levels import LEVELS
from run import broken, error_of


def gate() -> Graph:
    """x W, its sigmoid times V, plus x W again: two reductions, one after the other."""
    inputs = {"x": (32, 32), "W": (32, 32), "V": (32, 32)}
    nodes = (
        Node("a", "matmul", ("x", "W")),
        Node("b", "sigmoid", ("a",)),
        Node("c", "matmul", ("b", "V")),
        Node("d", "add", ("c", "a")),
    )
    return Graph("gate", inputs, nodes, ("d",))


def check_by_hand() -> None:
    """Each tensor of the gate has 4 kB."""
    expected = {  # kernels, syncs, tensors moved
        "V0": (4, 0, 3 + 2 + 3 + 3),
        "V1": (4, 0, 3 + 2 + 3 + 3),
        "V2": (2, 0, 4 + 4),  # x, W in, a, b out; b, V, a in, d out
        "V3": (1, 1, 4 + 4),
        "V4": (1, 1, 3 + 1),  # a and b stay on the chip
    }
    for level, (kernels, syncs, tensors) in expected.items():
        cost, _ = run(gate(), LEVELS[level](gate()))
        assert (cost.kernels, cost.syncs, cost.bytes) == (kernels, syncs, 4096 * tensors), (level, cost)


def check_cleaning() -> None:
    """The same node twice, two transposes that cancel, and one that nobody reads."""
    nodes = (
        Node("a", "relu", ("x",)),
        Node("b", "relu", ("x",)),
        Node("c", "transpose", ("b",), {"order": [1, 0]}),
        Node("d", "transpose", ("c",), {"order": [1, 0]}),
        Node("e", "add", ("a", "d")),
        Node("f", "exp", ("e",)),
    )
    graph = clean(Graph("dirty", {"x": (3, 5)}, nodes, ("e",)))
    assert [(each.name, each.args) for each in graph.nodes] == [("a", ("x",)), ("e", ("a", "a"))]


def check_samples() -> int:
    graphs = [
        Graph.read(each)
        for each in json.loads((Path(os.environ["AGENTKIT_DATA"]) / "graphs.json").read_text())
    ]
    rng = np.random.default_rng(42)
    for graph in graphs:
        inputs = {name: rng.standard_normal(shape) / shape[0] ** 0.5 for name, shape in graph.inputs.items()}
        expected = interpret(graph, inputs)
        before = float("inf")
        for level, optimise in LEVELS.items():
            plan = optimise(graph)
            assert error_of(graph, plan, inputs, expected) < 1e-9, (graph.name, level)
            assert error_of(graph, broken(graph, plan), inputs, expected) > 1e-6, (
                "a broken plan went unnoticed"
            )
            cost, _ = run(graph, plan)
            assert cost.microseconds <= before + 1e-9, (graph.name, level)
            before = cost.microseconds
    return len(graphs)


if __name__ == "__main__":
    check_by_hand()
    check_cleaning()
    print(f"ok: {check_samples()} sample graphs, 5 levels each; one graph by hand; a chip of {CHIP} bytes")
