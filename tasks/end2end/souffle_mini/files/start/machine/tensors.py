"""Tensors: operators, graphs of them, and what a graph comes to."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Shape = tuple[int, ...]

MOST_ELEMENTS = 2**18
BINARY: Mapping[str, Callable[..., Any]] = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.divide,
}
UNARY: Mapping[str, Callable[..., Any]] = {
    "copy": lambda first: first,
    "relu": lambda first: np.maximum(first, 0),
    "sigmoid": lambda first: 1 / (1 + np.exp(-first)),
    "tanh": np.tanh,
    "exp": np.exp,
    "rsqrt": lambda first: 1 / np.sqrt(first),
    "scale": lambda first, by: first * by,
    "shift": lambda first, by: first + by,
}
LAYOUT: Mapping[str, Callable[..., Any]] = {
    "reshape": lambda first, shape: np.reshape(first, shape),
    "transpose": lambda first, order: np.transpose(first, order),
    "slice": lambda first, axis, begin, end: first[along(first, axis, slice(begin, end))],
    "concat": lambda *args, axis: np.concatenate(args, axis=axis),
}
MANY: Mapping[str, Callable[..., Any]] = {
    "matmul": np.matmul,
    "sum": lambda first, axis: np.sum(first, axis=axis, keepdims=True),
    "max": lambda first, axis: np.max(first, axis=axis, keepdims=True),
}
"""One element of the result relies on many of an argument; in all others, on one of each."""
OPERATORS = {**BINARY, **UNARY, **LAYOUT, **MANY}
ATTRIBUTES: Mapping[str, tuple[str, ...]] = {
    "scale": ("by",),
    "shift": ("by",),
    "sum": ("axis",),
    "max": ("axis",),
    "reshape": ("shape",),
    "transpose": ("order",),
    "slice": ("axis", "begin", "end"),
    "concat": ("axis",),
}
"""Of the operators that need any, integers or lists of them; `by` is any number."""


def along(array: Array, axis: int, part: slice) -> tuple[slice, ...]:
    return (slice(None),) * range(array.ndim)[axis] + (part,)


class BadPlan(Exception):
    """A plan or graph that the machine cannot run, and why."""


@dataclass(frozen=True)
class Node:
    """`name` = `op`(`args`), with numbers such as an axis or a shape in `attributes`."""

    name: str
    op: str
    args: tuple[str, ...]
    attributes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def many(self) -> bool:
        return self.op in MANY

    @classmethod
    def read(cls, written: Any) -> Node:
        match written:
            case {"name": str(name), "op": str(op), "args": [*args], **rest} if op in OPERATORS:
                good = all(isinstance(each, str) for each in args)
                good = good and set(rest) == set(ATTRIBUTES.get(op, ()))
                good = good and all(is_number(each, key == "by") for key, each in rest.items())
                count = 2 if op in BINARY or op == "matmul" else 1
                if good and (len(args) == count or (op == "concat" and args)):
                    return cls(name, op, tuple(args), {str(key): value for key, value in rest.items()})
        raise BadPlan(f"this is no node: {str(written)[:120]}")

    def written(self) -> dict[str, Any]:
        return {"name": self.name, "op": self.op, "args": list(self.args), **self.attributes}


def is_number(value: Any, fraction: bool) -> bool:
    """An int, or a list of them; for `by` a number of ordinary size."""
    if fraction:
        return type(value) in (int, float) and -1e9 < value < 1e9
    return type(value) is int or (isinstance(value, list) and all(type(each) is int for each in value))


@dataclass(frozen=True)
class Graph:
    name: str
    inputs: Mapping[str, Shape]
    nodes: tuple[Node, ...]
    outputs: tuple[str, ...]

    @classmethod
    def read(cls, written: Mapping[str, Any]) -> Graph:
        inputs = {name: tuple(shape) for name, shape in written["inputs"].items()}
        return cls(
            written["name"], inputs, tuple(map(Node.read, written["nodes"])), tuple(written["outputs"])
        )

    def written(self) -> dict[str, Any]:
        inputs = {name: list(shape) for name, shape in self.inputs.items()}
        nodes = [each.written() for each in self.nodes]
        return {"name": self.name, "inputs": inputs, "nodes": nodes, "outputs": list(self.outputs)}


def shape_of(node: Node, shapes: Mapping[str, Shape]) -> Shape:
    """Of the result. Raises BadPlan where the operator does not fit its arguments."""
    try:
        args = [np.broadcast_to(np.float64(0), shapes[each]) for each in node.args]
        shape = infer(node, args)
    except KeyError as missing:
        raise BadPlan(f"{node.name} reads {missing}, which is not there yet") from missing
    except (ValueError, IndexError, TypeError, OverflowError) as problem:
        raise BadPlan(f"{node.op} for {node.name} does not fit its arguments: {problem}") from problem
    if math.prod(shape) > MOST_ELEMENTS or 0 in shape:
        raise BadPlan(f"{node.name} would have the shape {shape}")
    return shape


def infer(node: Node, args: list[Array]) -> Shape:
    first = args[0].shape
    if node.op in BINARY:
        return np.broadcast_shapes(first, args[1].shape)
    if node.op == "matmul":
        (*batch, rows, inner), (*others, again, columns) = first, args[1].shape
        if inner != again:
            raise ValueError(f"{first} and {args[1].shape}")
        return (*np.broadcast_shapes(tuple(batch), tuple(others)), rows, columns)
    if node.op == "concat":
        axis = range(len(first))[node.attributes["axis"]]
        rest = {(*each.shape[:axis], *each.shape[axis + 1 :]) for each in args}
        if len(rest) != 1:
            raise ValueError("not one shape")
        return (*first[:axis], sum(each.shape[axis] for each in args), *first[axis + 1 :])
    if node.op in ("sum", "max"):
        axis = range(len(first))[node.attributes["axis"]]
        return (*first[:axis], 1, *first[axis + 1 :])
    return compute(node, args).shape if node.op in LAYOUT else first


def compute(node: Node, args: list[Array]) -> Array:
    return np.asarray(OPERATORS[node.op](*args, **node.attributes))


def flops_of(node: Node, shapes: Mapping[str, Shape]) -> int:
    if node.op in LAYOUT or node.op == "copy":
        return 0
    if node.op == "matmul":
        return 2 * math.prod(shapes[node.name]) * shapes[node.args[0]][-1]
    return math.prod(shapes[node.args[0]] if node.many else shapes[node.name])


def interpret(graph: Graph, inputs: Mapping[str, Array]) -> dict[str, Array]:
    """The outputs, one node after the other: what every plan must come to."""
    values = dict(inputs)
    with np.errstate(all="ignore"):
        for node in graph.nodes:
            values[node.name] = compute(node, [values[each] for each in node.args])
    return {name: values[name] for name in graph.outputs}
