"""What a graph can do without: the same node twice, transposes that cancel, nodes that nobody reads."""

from __future__ import annotations

import json

from machine.tensors import Graph, Node


def clean(graph: Graph) -> Graph:
    same: dict[str, str] = {}
    by_content: dict[str, str] = {}
    kept: dict[str, Node] = {}
    for node in graph.nodes:
        node = straighten(
            Node(node.name, node.op, tuple(same.get(each, each) for each in node.args), node.attributes), kept
        )
        content = json.dumps([node.op, node.args, node.attributes], sort_keys=True)
        if node.name not in graph.outputs:
            if node.op == "copy":
                same[node.name] = node.args[0]
                continue
            if content in by_content:
                same[node.name] = by_content[content]
                continue
        by_content.setdefault(content, node.name)
        kept[node.name] = node
    wanted = set(graph.outputs)
    for node in reversed(kept.values()):
        if node.name in wanted:
            wanted.update(node.args)
    return Graph(
        graph.name, graph.inputs, tuple(each for each in kept.values() if each.name in wanted), graph.outputs
    )


def straighten(node: Node, kept: dict[str, Node]) -> Node:
    """Two transposes in a row are one, or none."""
    before = kept.get(node.args[0])
    if node.op != "transpose" or before is None or before.op != "transpose":
        return node
    order = [before.attributes["order"][each] for each in node.attributes["order"]]
    if order == list(range(len(order))):
        return Node(node.name, "copy", before.args)
    return Node(node.name, "transpose", before.args, {"order": order})
