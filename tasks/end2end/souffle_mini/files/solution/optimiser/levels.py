"""Five levels of optimisation, each on top of the one before."""

from __future__ import annotations

from collections.abc import Callable

from machine.plans import Kernel, unfused
from machine.tensors import Graph

from optimiser.cleaning import clean
from optimiser.fusing import by_depth, by_stage, kernels_of, merge, shapes_of
from optimiser.keeping import keep_on_chip


def horizontal(graph: Graph) -> list[Kernel]:
    return kernels_of(graph, by_depth(graph))


def vertical(graph: Graph) -> list[Kernel]:
    return kernels_of(graph, by_stage(graph))


def synchronised(graph: Graph) -> list[Kernel]:
    return kernels_of(graph, merge(by_stage(graph), shapes_of(graph)))


def reusing(graph: Graph) -> list[Kernel]:
    graph = clean(graph)
    shapes = shapes_of(graph)
    return [keep_on_chip(each, shapes) for each in kernels_of(graph, merge(by_stage(graph), shapes))]


LEVELS: dict[str, Callable[[Graph], list[Kernel]]] = {
    "V0": unfused,
    "V1": horizontal,
    "V2": vertical,
    "V3": synchronised,
    "V4": reusing,
}
