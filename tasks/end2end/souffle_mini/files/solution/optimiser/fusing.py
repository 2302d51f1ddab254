"""From a graph to kernels: side by side, along a chain, and across synchronisations.

Every value gets a stage. A chain of one-to-one nodes stays in the stage of the reduction before it (vertical
fusion); a reduction over what a reduction of the same stage went into begins the next one. Values that no
reduction went into have no stage: they are recomputed in each kernel that reads them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from machine.plans import BLOCKS, TILE, Kernel
from machine.tensors import Graph, Node, Shape, shape_of


def shapes_of(graph: Graph) -> dict[str, Shape]:
    shapes = dict(graph.inputs)
    for node in graph.nodes:
        shapes[node.name] = shape_of(node, shapes)
    return shapes


def by_depth(graph: Graph) -> list[list[Node]]:
    """Nodes that do not depend on one another, together."""
    depth = dict.fromkeys(graph.inputs, 0)
    layers: dict[int, list[Node]] = {}
    for node in graph.nodes:
        depth[node.name] = 1 + max(depth[each] for each in node.args)
        layers.setdefault(depth[node.name], []).append(node)
    return list(layers.values())


def by_stage(graph: Graph) -> list[list[Node]]:
    """Stages in order, without the values that are recomputed."""
    stage: dict[str, int] = {}
    stages: dict[int, list[Node]] = {}
    for node in graph.nodes:
        before = [stage[each] for each in node.args if each in stage]
        if before or node.many or node.name in graph.outputs:
            stage[node.name] = max((each + node.many for each in before), default=0)
            stages.setdefault(stage[node.name], []).append(node)
    return [stages[each] for each in sorted(stages)]


def small(stage: Iterable[Node], shapes: dict[str, Shape]) -> bool:
    """Whether all its blocks can be on the machine at once."""
    return all(math.prod(shapes[each.name]) <= TILE * BLOCKS for each in stage)


def merge(stages: list[list[Node]], shapes: dict[str, Shape]) -> list[list[Node]]:
    """Stages in a row whose nodes can all synchronise become one kernel."""
    merged: list[list[Node]] = []
    open_ended = False
    for stage in stages:
        if small(stage, shapes) and open_ended:
            merged[-1] = merged[-1] + stage
        else:
            merged.append(list(stage))
        open_ended = small(stage, shapes)
    return merged


def kernels_of(graph: Graph, groups: list[list[Node]]) -> list[Kernel]:
    """Each group with what it needs recomputed; it stores what others read."""
    nodes = {each.name: each for each in graph.nodes}
    owner = {node.name: number for number, group in enumerate(groups) for node in group}
    full = [with_prologues(group, nodes, owner) for group in groups]
    read_in: dict[str, set[int]] = {name: {-1} for name in graph.outputs}
    for number, group in enumerate(full):
        for node in group:
            for each in node.args:
                read_in.setdefault(each, set()).add(number)
    return [
        Kernel(
            tuple(group),
            tuple(
                each.name for each in group if each.name in owner and read_in.get(each.name, set()) - {number}
            ),
        )
        for number, group in enumerate(full)
    ]


def with_prologues(group: list[Node], nodes: dict[str, Node], owner: dict[str, int]) -> list[Node]:
    found: dict[str, Node] = {}

    def need(node: Node) -> None:
        if node.name in found:
            return
        for each in node.args:
            if each in nodes and each not in owner:
                need(nodes[each])
        found[node.name] = node

    for node in group:
        need(node)
    return list(found.values())
