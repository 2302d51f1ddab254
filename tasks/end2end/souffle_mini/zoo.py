"""Graphs of five families, of sizes and forms that a seed decides: what plans are made for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .files.start.machine.tensors import Graph, Node, Shape, shape_of

Draw = np.random.Generator


class Builder:
    """A graph that grows by a node at a time; names are handed out in order."""

    def __init__(self) -> None:
        self.inputs: dict[str, Shape] = {}
        self.nodes: list[Node] = []
        self.shapes: dict[str, Shape] = {}

    def input(self, *shape: int) -> str:
        name = f"x{len(self.inputs)}"
        self.inputs[name] = self.shapes[name] = shape
        return name

    def add(self, op: str, *args: str, **attributes: Any) -> str:
        node = Node(f"t{len(self.nodes)}", op, args, attributes)
        self.shapes[node.name] = shape_of(node, self.shapes)
        self.nodes.append(node)
        return node.name

    def linear(self, value: str, width: int, bias: bool = True) -> str:
        """Times a weight of its own, plus a bias."""
        product = self.add("matmul", value, self.input(self.shapes[value][-1], width))
        return self.add("add", product, self.input(1, width)) if bias else product

    def softmax(self, value: str) -> str:
        last = len(self.shapes[value]) - 1
        raised = self.add("exp", self.add("sub", value, self.add("max", value, axis=last)))
        return self.add("div", raised, self.add("sum", raised, axis=last))

    def norm(self, value: str) -> str:
        """Layer normalisation, with gain and bias."""
        last = len(self.shapes[value]) - 1
        width = self.shapes[value][-1]
        centred = self.add("sub", value, self.add("scale", self.add("sum", value, axis=last), by=1 / width))
        square = self.add("sum", self.add("mul", centred, centred), axis=last)
        factor = self.add("rsqrt", self.add("shift", self.add("scale", square, by=1 / width), by=1e-5))
        gained = self.add("mul", self.add("mul", centred, factor), self.input(1, width))
        return self.add("add", gained, self.input(1, width))

    def graph(self, name: str, *outputs: str) -> Graph:
        return Graph(name, self.inputs, tuple(self.nodes), outputs)


def attention(rng: Draw, name: str) -> Graph:
    """A transformer block: heads, softmax, residuals, norms, and a wide layer that needs many blocks."""
    build = Builder()
    rows, width, heads = int(rng.integers(24, 65)), int(rng.choice((32, 48, 64))), int(rng.choice((2, 4)))
    start = build.input(rows, width)

    def head(value: str, order: list[int]) -> str:
        cut = build.add("reshape", build.linear(value, width), shape=[rows, heads, width // heads])
        return build.add("transpose", cut, order=order)

    query, key = head(start, [1, 0, 2]), head(start, [1, 2, 0])
    scores = build.add("scale", build.add("matmul", query, key), by=(width // heads) ** -0.5)
    mixed = build.add("matmul", build.softmax(scores), head(start, [1, 0, 2]))
    joined = build.add("reshape", build.add("transpose", mixed, order=[1, 0, 2]), shape=[rows, width])
    middle = build.norm(build.add("add", build.linear(joined, width), start))
    wide = build.add("relu", build.linear(middle, 4 * width))
    end = build.norm(build.add("add", build.linear(wide, width), middle))
    return build.graph(name, end)


def gated(rng: Draw, name: str) -> Graph:
    """Layers that gate themselves; the last is wider. Some transpose twice, which nobody needs."""
    build = Builder()
    rows, width = int(rng.integers(24, 65)), int(rng.choice((48, 64)))
    value = build.input(rows, width)
    for layer in range(int(rng.integers(2, 5))):
        plain = build.linear(value, width, bias=False)
        gate = build.add("sigmoid", plain)
        if layer % 2:
            gate = build.add("transpose", build.add("transpose", gate, order=[1, 0]), order=[1, 0])
        value = build.add("add", build.linear(gate, width, bias=False), plain)
    return build.graph(name, build.linear(value, 4 * width))


def experts(rng: Draw, name: str) -> Graph:
    """Experts side by side, mixed for several tasks by gates of their own."""
    build = Builder()
    rows, width = int(rng.integers(8, 33)), int(rng.choice((32, 48, 64)))
    count, tasks = int(rng.integers(3, 7)), int(rng.integers(2, 4))
    start = build.input(rows, width)
    found = [build.add("relu", build.linear(start, 32)) for _ in range(count)]
    outputs = []
    for _ in range(tasks):
        gate = build.softmax(build.linear(start, count))
        mixed = ""
        for number, each in enumerate(found):
            share = build.add("slice", gate, axis=1, begin=number, end=number + 1)
            part = build.add("mul", each, share)
            mixed = build.add("add", mixed, part) if mixed else part
        outputs.append(build.linear(build.add("relu", build.linear(mixed, 16)), 1))
    return build.graph(name, *outputs)


def recurrent(rng: Draw, name: str) -> Graph:
    """An LSTM, step by step, with the same weights at each."""
    build = Builder()
    batch, width, steps = int(rng.integers(4, 9)), int(rng.choice((48, 56, 64))), int(rng.integers(4, 9))
    sequence = build.input(steps * batch, width)
    hidden, cell = build.input(batch, width), build.input(batch, width)
    weights = [
        (build.input(width, width), build.input(width, width), build.input(1, width)) for _ in range(4)
    ]
    for step in range(steps):
        now = build.add("slice", sequence, axis=0, begin=step * batch, end=(step + 1) * batch)
        sums = [
            build.add(
                "add",
                build.add("add", build.add("matmul", now, own), build.add("matmul", hidden, back)),
                bias,
            )
            for own, back, bias in weights
        ]
        enter, forget, leave = (build.add("sigmoid", each) for each in sums[:3])
        kept = build.add("mul", forget, cell)
        cell = build.add("add", kept, build.add("mul", enter, build.add("tanh", sums[3])))
        hidden = build.add("mul", leave, build.add("tanh", cell))
    return build.graph(name, hidden, cell)


def squeeze(rng: Draw, name: str) -> Graph:
    """Blocks that weigh their channels by a summary of all places, computed twice as if by two authors."""
    build = Builder()
    places, channels = int(rng.integers(64, 129)), int(rng.choice((32, 48, 64)))
    value = build.input(places, channels)
    for _ in range(int(rng.integers(2, 4))):
        raised = build.add("relu", build.linear(value, channels))
        weights = (build.input(channels, 8), build.input(8, channels))
        scales = []
        for _ in range(2):
            mean = build.add("scale", build.add("sum", raised, axis=0), by=1 / places)
            small = build.add("relu", build.add("matmul", mean, weights[0]))
            scales.append(build.add("sigmoid", build.add("matmul", small, weights[1])))
        value = build.add("add", build.add("mul", raised, scales[0]), value)
        build.add("mul", raised, scales[1])  # read by nobody
    return build.graph(name, build.linear(value, channels))


FAMILIES: tuple[Callable[[Draw, str], Graph], ...] = (attention, gated, experts, recurrent, squeeze)


def draw_graphs(seed: int | list[int], count: int = 2) -> list[Graph]:
    """So many of each family."""
    rng = np.random.default_rng(seed)
    return [make(rng, f"{make.__name__}-{number}") for make in FAMILIES for number in range(count)]


def draw_inputs(graph: Graph, rng: Draw) -> dict[str, Any]:
    """Scaled so that sums of products keep the size of what goes in."""
    return {
        name: rng.standard_normal(shape) / (shape[0] ** 0.5 if name != "x0" else 1.0)
        for name, shape in graph.inputs.items()
    }
