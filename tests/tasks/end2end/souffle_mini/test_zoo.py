"""The graphs: of all families, sound, other ones for every seed, and with something to clean up."""

from __future__ import annotations

import json

import numpy as np
import pytest

from ..conftest import module

zoo = module("souffle_mini.zoo")
tensors = module("souffle_mini.files.start.machine.tensors")


@pytest.mark.parametrize("seed", range(3))
def test_graphs_are_sound(seed: int) -> None:
    graphs = zoo.draw_graphs(seed, 1)
    assert [each.name for each in graphs] == [f"{make.__name__}-0" for make in zoo.FAMILIES]
    for graph in graphs:
        assert tensors.Graph.read(json.loads(json.dumps(graph.written()))) == graph
        outputs = tensors.interpret(graph, zoo.draw_inputs(graph, np.random.default_rng(seed)))
        assert all(np.isfinite(each).all() and np.ptp(each) > 0 for each in outputs.values())


def test_seeds_differ_and_repeat() -> None:
    drawn = [json.dumps([each.written() for each in zoo.draw_graphs(seed)]) for seed in (1, 2, 3, 1)]
    assert len(set(drawn)) == 3
    assert drawn[0] == drawn[3]


def test_squeezes_compute_twice_and_leave_something_unread() -> None:
    graph = zoo.squeeze(np.random.default_rng(0), "s")
    contents = [(each.op, each.args) for each in graph.nodes]
    assert len(set(contents)) < len(contents)
    read = {arg for each in graph.nodes for arg in each.args} | set(graph.outputs)
    assert {each.name for each in graph.nodes} - read
