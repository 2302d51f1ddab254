"""The network: it sees demonstrations of a puzzle and a new grid, and says what becomes of the grid.

Grids are arrays of colours, flat: [CELLS] integers below COLOURS. For every pair of grids of a demonstration a
product of two linear codes is taken, the mean over the demonstrations gives a code of the rule, and from it
comes, for each cell of the answer, where in the new grid it looks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SIZE, COLOURS = 4, 6
CELLS = SIZE * SIZE
WIDTH, RULE = 128, 64
SHAPES = {
    "before": (CELLS * COLOURS, WIDTH),
    "after": (CELLS * COLOURS, WIDTH),
    "task": (WIDTH, RULE),
    "where": (RULE, CELLS * CELLS),
    "colour": (COLOURS, COLOURS),
}
BIASES = {"task_bias": RULE, "where_bias": CELLS * CELLS}
ADAPTED = ("before", "after", "task", "where")
"""Matrices that test-time training may change, by an adapter of this rank at most."""
RANK = 4

Weights = dict[str, np.ndarray]
Adapter = dict[str, tuple[np.ndarray, np.ndarray]]
"""Name of an adapted matrix [m, n] to the two factors [m, rank], [rank, n] of what is added to it."""


@dataclass(frozen=True)
class Batch:
    """B training tasks with up to K demonstrations each."""

    inputs: np.ndarray
    """[B, K, CELLS]"""
    outputs: np.ndarray
    seen: np.ndarray
    """[B, K]: 1 where the network may look at that demonstration."""
    query: np.ndarray
    """[B, CELLS]"""
    answer: np.ndarray
    """[B, CELLS]; not looked at by `predict`."""


def untrained(seed: int) -> Weights:
    random = np.random.default_rng(seed)
    weights = {
        name: (random.standard_normal(shape) / np.sqrt(shape[0])).astype(np.float32)
        for name, shape in SHAPES.items()
    }
    for name in ("before", "after"):
        weights[name] *= np.float32(np.sqrt(COLOURS))
    return {**weights, **{name: np.zeros(size, np.float32) for name, size in BIASES.items()}}


def load(path: str) -> Weights:
    with np.load(path, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def merge(weights: Weights, adapter: Adapter) -> Weights:
    """The weights with the adapter's products added; those given stay as they are."""
    return {**weights, **{name: weights[name] + left @ right for name, (left, right) in adapter.items()}}


def predict(weights: Weights, batch: Batch) -> np.ndarray:
    """[B, CELLS] colours."""
    return _forward(weights, batch)["logits"].argmax(-1)


def loss_and_gradients(weights: Weights, batch: Batch) -> tuple[float, Weights]:
    """Mean cross-entropy of the answers' cells, and its gradient for every weight."""
    f = _forward(weights, batch)
    count, demonstrations = batch.inputs.shape[:2]
    logits = f["logits"] - f["logits"].max(-1, keepdims=True)
    chances = np.exp(logits)
    chances /= chances.sum(-1, keepdims=True)
    wanted = _one_hot(batch.answer)
    loss = -np.log(np.maximum((chances * wanted).sum(-1), 1e-9)).mean()

    d_logits = (chances - wanted) / np.float32(count * CELLS)
    d_looks = d_logits @ f["values"].transpose(0, 2, 1)
    d_values = f["looks"].transpose(0, 2, 1) @ d_logits
    d_where = f["looks"] * (d_looks - (d_looks * f["looks"]).sum(-1, keepdims=True))
    d_where = d_where.reshape(count, -1)
    d_rule = (d_where @ weights["where"].T) * (f["rule"] > 0)
    d_code = (f["shares"][..., None] * (d_rule @ weights["task"].T)[:, None]).reshape(count * demonstrations, -1)
    return float(loss), {
        "before": f["inputs"].T @ (d_code * f["after"]),
        "after": f["outputs"].T @ (d_code * f["before"]),
        "task": f["code"].T @ d_rule,
        "task_bias": d_rule.sum(0),
        "where": f["rule"].T @ d_where,
        "where_bias": d_where.sum(0),
        "colour": f["query"].reshape(-1, COLOURS).T @ d_values.reshape(-1, COLOURS),
    }


def _one_hot(grids: np.ndarray) -> np.ndarray:
    return np.eye(COLOURS, dtype=np.float32)[grids]


def _forward(weights: Weights, batch: Batch) -> Weights:
    count, demonstrations = batch.inputs.shape[:2]
    inputs = _one_hot(batch.inputs).reshape(count * demonstrations, -1)
    outputs = _one_hot(batch.outputs).reshape(count * demonstrations, -1)
    before, after = inputs @ weights["before"], outputs @ weights["after"]
    seen = batch.seen.astype(np.float32)
    shares = seen / np.maximum(seen.sum(1, keepdims=True), 1)
    code = (shares[:, None] @ (before * after).reshape(count, demonstrations, -1))[:, 0]
    rule = np.maximum(code @ weights["task"] + weights["task_bias"], 0)
    where = (rule @ weights["where"] + weights["where_bias"]).reshape(count, CELLS, CELLS)
    looks = np.exp(where - where.max(-1, keepdims=True))
    looks /= looks.sum(-1, keepdims=True)
    query = _one_hot(batch.query)
    values = query @ weights["colour"]
    return {
        "inputs": inputs, "outputs": outputs, "before": before, "after": after, "shares": shares, "code": code,
        "rule": rule, "looks": looks, "query": query, "values": values, "logits": looks @ values,
    }
