"""Plans: kernels made of nodes, and what the machine takes for them.

A plan is a list of kernels, each some nodes in order, the tensors it stores to memory, and those that it
keeps on the chip. The values that come out are computed for real; the time is a model: launches,
synchronisations of the whole grid, bytes moved, arithmetic.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass
from typing import Any

import numpy as np

from .tensors import Array, BadPlan, Graph, Node, Shape, compute, flops_of, shape_of

TILE = 256
"""Elements that a block of threads computes."""
BLOCKS = 32
"""The most blocks of a node in a kernel that synchronises: all of them must be on the machine at once."""
CHIP = 96 * 1024
"""Bytes that a kernel can keep on the chip."""
ITEM = 4
"""Bytes of an element."""
LAUNCH, SYNC = 2.0, 1.0
"""Microseconds."""
BYTES_A_MICROSECOND, FLOPS_A_MICROSECOND = 8192.0, 1_000_000.0
MOST_NODES, MOST_FLOPS = 5000, 10**10


@dataclass(frozen=True)
class Kernel:
    nodes: tuple[Node, ...]
    store: tuple[str, ...]
    """Of what it makes, what goes to memory at its end, where later kernels find it."""
    keep: tuple[str, ...] = ()
    """What stays on the chip from one phase to the next, loaded or made."""

    @classmethod
    def read(cls, written: Any) -> Kernel:
        match written:
            case {"nodes": [*nodes], "store": [*store], "keep": [*keep]} if len(written) == 3:
                if all(isinstance(each, str) for each in (*store, *keep)) and len(nodes) <= MOST_NODES:
                    return cls(tuple(map(Node.read, nodes)), tuple(store), tuple(keep))
        raise BadPlan("a kernel has 'nodes', 'store' and 'keep', and these are lists")

    def written(self) -> dict[str, Any]:
        return {
            "nodes": [each.written() for each in self.nodes],
            "store": list(self.store),
            "keep": list(self.keep),
        }


@dataclass(frozen=True)
class Cost:
    """What a kernel, or a whole plan, costs."""

    kernels: int = 0
    syncs: int = 0
    read: int = 0
    written: int = 0
    flops: int = 0

    def __add__(self, other: Cost) -> Cost:
        return Cost(*map(operator.add, astuple(self), astuple(other)))

    @property
    def bytes(self) -> int:
        return self.read + self.written

    @property
    def microseconds(self) -> float:
        moving = self.bytes / BYTES_A_MICROSECOND + self.flops / FLOPS_A_MICROSECOND
        return LAUNCH * self.kernels + SYNC * self.syncs + moving


def unfused(graph: Graph) -> list[Kernel]:
    """A kernel for each node."""
    return [Kernel((node,), (node.name,)) for node in graph.nodes]


class Phases:
    """When each value of a kernel is made and read. What no reduction went into (a prologue) is recomputed
    where it is read. A reduction over what a reduction of the same kernel went into waits for all blocks:
    a new phase, after a synchronisation of the whole grid."""

    def __init__(self, kernel: Kernel) -> None:
        self.nodes = {each.name: each for each in kernel.nodes}
        self.made: dict[str, int] = {}
        """The phase of each value that a reduction went into."""
        self.read: dict[str, set[int]] = {}
        """By name, the phases in which a value or a loaded tensor is read."""
        self.again: dict[str, set[int]] = {}
        """By name of a prologue, the phases in which it is computed."""
        for node in kernel.nodes:
            before = [self.made[each] for each in node.args if each in self.made]
            if node.many or before:
                self.made[node.name] = max((each + node.many for each in before), default=0)
                self.touch(node.args, self.made[node.name])
        self.touch([each for each in kernel.store if each not in self.made], 0)
        self.count = 1 + max(self.made.values(), default=0)

    def touch(self, names: Iterable[str], phase: int) -> None:
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            if name in self.made or name not in self.nodes:
                self.read.setdefault(name, set()).add(phase)
            elif phase not in self.again.setdefault(name, set()):
                self.again[name].add(phase)
                waiting.extend(self.nodes[name].args)


def kernel_cost(kernel: Kernel, shapes: Mapping[str, Shape]) -> Cost:
    """`shapes`: of what is in memory, and of what it makes. Raises BadPlan if it breaks a limit."""
    if stray := set(kernel.store) - {each.name for each in kernel.nodes}:
        raise BadPlan(f"it makes no {min(stray)} to store")
    phases = Phases(kernel)
    size = {name: ITEM * math.prod(shapes[name]) for name in (*phases.nodes, *phases.read)}
    if stray := set(kernel.keep) - set(size):
        raise BadPlan(f"it has no {min(stray)} to keep")
    read = written = 0
    held = [0] * phases.count
    for name, when in phases.read.items():
        born = phases.made.get(name)
        later = when if born is None else {each for each in when if each > born}
        if name in kernel.keep and later:
            read += size[name] if born is None else 0
            for phase in range(min(when) if born is None else born, max(later) + 1):
                held[phase] += size[name]
        else:
            read += size[name] * len(later)
            written += size[name] if born is not None and later and name not in kernel.store else 0
    written += sum(size[name] for name in set(kernel.store))
    if max(held) > CHIP:
        raise BadPlan(f"it keeps {max(held)} bytes at once, and the chip has {CHIP}")
    if phases.count > 1:
        for name in phases.made:
            if math.prod(shapes[name]) > TILE * BLOCKS:
                raise BadPlan(f"{name} needs more than {BLOCKS} blocks, and the kernel synchronises")
    often = {name: len(phases.again.get(name, {0} if name in phases.made else ())) for name in phases.nodes}
    flops = sum(often[name] * flops_of(node, shapes) for name, node in phases.nodes.items())
    return Cost(1, phases.count - 1, read, written, flops)


def run(
    graph: Graph, plan: list[Kernel], inputs: Mapping[str, Array] | None = None
) -> tuple[Cost, dict[str, Array]]:
    """What the plan costs, and its outputs (none without inputs). Raises BadPlan."""
    shapes = dict(graph.inputs)
    memory: dict[str, Array] = dict(inputs or {})
    whole = Cost()
    if len(plan) > MOST_NODES:
        raise BadPlan("too many kernels")
    for number, kernel in enumerate(plan):
        seen, values = dict(shapes), dict(memory)
        for node in kernel.nodes:
            if node.name in seen:
                raise BadPlan(f"kernel {number} makes {node.name}, which is there already")
            seen[node.name] = shape_of(node, seen)
        try:
            whole += kernel_cost(kernel, seen)
        except BadPlan as problem:
            raise BadPlan(f"kernel {number}: {problem}") from problem
        if whole.flops > MOST_FLOPS:
            raise BadPlan(f"kernel {number}: the arithmetic of the plan exceeds {MOST_FLOPS} operations")
        if inputs is not None:
            with np.errstate(all="ignore"):
                for node in kernel.nodes:
                    values[node.name] = compute(node, [values[each] for each in node.args])
            memory.update({name: values[name] for name in kernel.store})
        shapes.update({name: seen[name] for name in kernel.store})
    if lost := [name for name in graph.outputs if name not in shapes]:
        raise BadPlan(f"it never stores {lost[0]}")
    return whole, {name: memory[name] for name in graph.outputs if inputs is not None}
