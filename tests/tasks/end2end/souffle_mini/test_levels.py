"""Plans are weighed by what they do; costs are those worked out by hand; nothing written can raise."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ..conftest import module

levels = module("souffle_mini.levels")
plans = module("souffle_mini.files.start.machine.plans")
tensors = module("souffle_mini.files.start.machine.tensors")
zoo = module("souffle_mini.zoo")

Node, Kernel, Graph = tensors.Node, plans.Kernel, tensors.Graph
A = Node("a", "matmul", ("x", "W"))
B = Node("b", "sigmoid", ("a",))
C = Node("c", "matmul", ("b", "V"))
D = Node("d", "add", ("c", "a"))
GATE = Graph("gate", {"x": (32, 32), "W": (32, 32), "V": (32, 32)}, (A, B, C, D), ("d",))
TENSOR = 32 * 32 * 4
INPUTS = zoo.draw_inputs(GATE, np.random.default_rng(0))


def weigh(level: str, *kernels: Any) -> Any:
    return levels.weigh_plan(level, GATE, [each.written() for each in kernels], INPUTS)


ALONE = tuple(plans.unfused(GATE))
CHAINS = (Kernel((A, B), ("a", "b")), Kernel((C, D), ("d",)))
ONE = Kernel((A, B, C, D), ("d",))
KEPT = Kernel((A, B, C, D), ("d",), ("a", "b"))


@pytest.mark.parametrize(
    ("level", "kernels", "syncs", "moved"),
    [
        ("V0", ALONE, 0, 3 + 2 + 3 + 3),
        ("V2", CHAINS, 0, 4 + 4),  # x, W in, a, b out; b, V, a in, d out
        ("V3", (ONE,), 1, 4 + 4),  # the same by way of memory, inside one kernel
        ("V4", (KEPT,), 1, 3 + 1),
    ],
)
def test_costs_by_hand(level: str, kernels: tuple[Any, ...], syncs: int, moved: int) -> None:
    found = weigh(level, *kernels)
    assert found.fault == ""
    assert (found.cost.kernels, found.cost.syncs) == (len(kernels), syncs)
    assert found.cost.bytes == TENSOR * moved
    time = 2 * len(kernels) + syncs + TENSOR * moved / 8192 + found.cost.flops / 1e6
    assert found.cost.microseconds == pytest.approx(time)
    assert found.cost.flops == 2 * (2 * 32**3) + 2 * 32**2


@pytest.mark.parametrize(
    ("level", "kernels", "why"),
    [
        ("V0", CHAINS, "more than one node"),
        ("V1", CHAINS, "depend on one another"),
        ("V2", (ONE,), "synchronises"),
        ("V3", (KEPT,), "keeps"),
        ("V4", CHAINS[:1], "never stores d"),
        ("V4", (*CHAINS, Kernel((D,), ("d",))), "there already"),
        ("V4", (CHAINS[1],), "'b'"),
        ("V4", (Kernel((A,), ("z",)),), "no z to store"),
        ("V4", (Kernel((A, B, C, Node("d", "add", ("c", "b"))), ("d",)),), "wrong by"),
        ("V4", (Kernel((*ONE.nodes[:3], Node("d", "sum", ("c",), {"axis": 0})), ("d",)),), "shape"),
        ("V4", (Kernel((A, B, C, D), ("d",), ("z",)),), "no z"),
    ],
)
def test_what_is_no_plan_of_its_level_costs_what_the_unfused_graph_costs(
    level: str, kernels: tuple[Any, ...], why: str
) -> None:
    found = weigh(level, *kernels)
    assert why in found.fault
    assert found.cost == found.unfused == weigh("V0", *ALONE).cost


def test_a_kernel_that_synchronises_is_small_and_the_chip_is_finite() -> None:
    side = 96
    big = Graph("big", {name: (side, side) for name in "xWV"}, GATE.nodes, ("d",))
    inputs = zoo.draw_inputs(big, np.random.default_rng(0))

    def fault(kernel: Any) -> str:
        return str(levels.weigh_plan("V4", big, [kernel.written()], inputs).fault)

    assert side**2 > plans.TILE * plans.BLOCKS
    assert "blocks" in fault(ONE)
    rows = Graph("rows", {"x": (64, 64), "W": (64, 64), "V": (64, 64)}, GATE.nodes, ("d",))
    kept = Kernel(ONE.nodes, ("d",), ("a", "b", "x", "W", "V"))
    crowded = [kept.written()]
    assert "the chip has" not in fault(Kernel(ONE.nodes, ("d",)))
    # a and b are held over both phases, x and W in the first, V in the second: 4 x 16 kB fit, 7 do not.
    assert levels.weigh_plan("V4", rows, crowded, zoo.draw_inputs(rows, np.random.default_rng(0))).fault == ""
    more = tuple(Node(f"m{number}", "matmul", ("x", "W")) for number in range(5))
    late = tuple(Node(f"n{number}", "matmul", (f"m{number}", "V")) for number in range(5))
    kernel = Kernel((*ONE.nodes, *more, *late), ("d",), ("a", "b", *(each.name for each in more)))
    assert "the chip has" in levels.weigh_plan("V4", rows, [kernel.written()], INPUTS).fault


def test_weights_that_stay_on_the_chip_are_loaded_once() -> None:
    steps = tuple(
        Node(f"h{number}", "matmul", (f"h{number - 1}" if number else "x", "W")) for number in range(4)
    )
    graph = Graph("steps", {"x": (8, 32), "W": (32, 32)}, steps, ("h3",))
    loaded, kept = (
        plans.run(graph, [Kernel(steps, ("h3",), keep)])[0].bytes for keep in ((), ("W", "h0", "h1", "h2"))
    )
    state = 8 * 32 * 4
    assert loaded == state + 4 * TENSOR + 2 * 3 * state + state
    assert kept == state + TENSOR + state


NAMES = st.sampled_from(["a", "b", "c", "d", "x", "W", "V", "q", "\ud800"])
NUMBERS = st.integers(-3, 40) | st.sampled_from([10**30, -(10**30)])
VALUES = st.none() | st.booleans() | NUMBERS | st.floats() | NAMES | st.lists(NUMBERS, max_size=4)
NODES = st.fixed_dictionaries(
    {"name": NAMES, "op": st.sampled_from(sorted(tensors.OPERATORS)), "args": st.lists(NAMES, max_size=3)},
    optional={key: VALUES for key in ("axis", "by", "shape", "order", "begin", "end")},
)
KERNELS = st.fixed_dictionaries(
    {"nodes": st.lists(NODES | VALUES, max_size=4), "store": st.lists(NAMES), "keep": st.lists(NAMES)}
)


@settings(max_examples=100, deadline=None)
@given(st.lists(KERNELS | VALUES, max_size=4) | VALUES, st.sampled_from(sorted(levels.LEVELS)))
def test_nothing_that_is_written_can_raise(written: Any, level: str) -> None:
    found = levels.weigh_plan(level, GATE, written, INPUTS)
    assert found.fault
    assert found.fault.isascii()


SOUND = [each.written() for each in CHAINS]


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_a_plan_with_one_thing_changed_is_right_or_has_a_fault(data: st.DataObject) -> None:
    """Whatever is changed, what is accepted gives the graph's own output."""
    written = json.loads(json.dumps(SOUND))
    node = data.draw(st.sampled_from([each for kernel in written for each in kernel["nodes"]]))
    key = data.draw(st.sampled_from(sorted(node)))
    node[key] = data.draw(VALUES | st.lists(NAMES, max_size=2) | st.sampled_from(sorted(tensors.OPERATORS)))
    found = levels.weigh_plan("V4", GATE, written, INPUTS)
    if found.fault:
        return
    plan = levels.read_plan(written, 100)
    expected = tensors.interpret(GATE, INPUTS)["d"]
    assert np.allclose(plans.run(GATE, plan, INPUTS)[1]["d"], expected, rtol=1e-6)


def test_arithmetic_and_size_are_bounded() -> None:
    wide = [Node("o", "matmul", ("x", "y"))]
    graph = Graph("wide", {"x": (4096, 1), "y": (1, 4096)}, (Node("d", "copy", ("x",)),), ("d",))
    inputs = zoo.draw_inputs(graph, np.random.default_rng(0))
    found = levels.weigh_plan("V4", graph, [Kernel(tuple(wide), ("o",)).written()], inputs)
    assert "would have the shape" in found.fault
    many = [Kernel((Node(f"n{number}", "relu", ("x",)),), ()).written() for number in range(50)]
    assert "more than 20" in levels.weigh_plan("V4", graph, many, inputs).fault
