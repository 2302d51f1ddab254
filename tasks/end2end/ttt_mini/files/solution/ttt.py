"""Test-time training: an adapter for each puzzle, learnt from its demonstrations, and votes over views."""

from __future__ import annotations

from collections import Counter
from itertools import permutations

import numpy as np

from model import ADAPTED, COLOURS, RANK, SHAPES, Adapter, Batch, Weights, loss_and_gradients, merge
from puzzles import Puzzle, turned

IMAGES = 23
"""Augmented images of every leave-one-out task, besides the task itself."""
STEPS, BATCH, RATE = 30, 32, 0.02
KINDS = ("identity", "colours", "rotations", "reflections")


def training_tasks(puzzle: Puzzle, augmented: bool, seed: int) -> list[dict]:
    """Each demonstration left out in turn, the others in every order; then images of these.

    A task is `{"demonstrations": [[input, output], …], "query": grid, "answer": grid}`, grids flat.
    """
    random = np.random.default_rng(seed)
    tasks = [
        task_of(puzzle.inputs[[*order, left_out]], puzzle.outputs[[*order, left_out]])
        for left_out in range(len(puzzle.inputs))
        for order in permutations([i for i in range(len(puzzle.inputs)) if i != left_out])
    ]
    if augmented:
        tasks += [image(task, random) for task in tasks for _ in range(IMAGES)]
    return tasks


def task_of(inputs: np.ndarray, outputs: np.ndarray) -> dict:
    pairs = [[first, second] for first, second in zip(inputs, outputs, strict=True)]
    return {"demonstrations": pairs[:-1], "query": pairs[-1][0], "answer": pairs[-1][1]}


def image(task: dict, random: np.random.Generator) -> dict:
    """Recoloured at random and, half of the time, turned; all grids alike, so that it is a puzzle again."""
    colours = random.permutation(COLOURS)
    places = turned(int(random.integers(8)) if random.random() < 0.5 else 0)
    inputs, outputs = grids_of(task)
    return task_of(colours[inputs[:, places]], colours[outputs[:, places]])


def grids_of(task: dict) -> tuple[np.ndarray, np.ndarray]:
    pairs = [*task["demonstrations"], [task["query"], task["answer"]]]
    return np.array([each[0] for each in pairs]), np.array([each[1] for each in pairs])


def draw(
    inputs: np.ndarray, outputs: np.ndarray, demonstration_loss: bool, random: np.random.Generator
) -> Batch:
    """Of tasks [N, K, CELLS]. With demonstration loss, one of a task's later demonstrations may be asked for
    instead of the last, given those before it."""
    chosen = random.integers(0, len(inputs), BATCH)
    last = inputs.shape[1] - 1
    asked = random.integers(1, last + 1, BATCH) if demonstration_loss else np.full(BATCH, last)
    rows = np.arange(BATCH)
    seen = np.arange(last + 1)[None] < asked[:, None]
    shown, answers = inputs[chosen], outputs[chosen]
    return Batch(shown, answers, seen, shown[rows, asked], answers[rows, asked])


def adapt(
    weights: Weights, puzzle: Puzzle, seed: int, augmented: bool = True, demonstration_loss: bool = True
) -> Adapter:
    """Low-rank factors, trained with Adam. The right ones begin as zeros, so that nothing changes at first."""
    random = np.random.default_rng(seed)
    grids = [grids_of(each) for each in training_tasks(puzzle, augmented, seed)]
    inputs, outputs = np.array([each[0] for each in grids]), np.array([each[1] for each in grids])
    factors = {
        (name, side): array
        for name in ADAPTED
        for side, array in enumerate(
            (
                (random.standard_normal((SHAPES[name][0], RANK)) / np.sqrt(SHAPES[name][0])).astype(np.float32),
                np.zeros((RANK, SHAPES[name][1]), np.float32),
            )
        )
    }
    first = {name: np.zeros_like(each) for name, each in factors.items()}
    second = {name: np.zeros_like(each) for name, each in factors.items()}
    for step in range(1, STEPS + 1):
        adapter = {name: (factors[name, 0], factors[name, 1]) for name in ADAPTED}
        batch = draw(inputs, outputs, demonstration_loss, random)
        _, gradients = loss_and_gradients(merge(weights, adapter), batch)
        for name, (left, right) in adapter.items():
            for side, gradient in enumerate((gradients[name] @ right.T, left.T @ gradients[name])):
                key = (name, side)
                first[key] += 0.1 * (gradient - first[key])
                second[key] += 0.02 * (gradient**2 - second[key])
                speed = first[key] / (1 - 0.9**step)
                factors[key] = factors[key] - RATE * speed / (np.sqrt(second[key] / (1 - 0.98**step)) + 1e-8)
    return {name: (factors[name, 0], factors[name, 1]) for name in ADAPTED}


def vote(views: list[dict], strategy: str) -> int:
    """Which of the views' predictions to hand in, as its place in the list."""
    flat = [tuple(np.ravel(each["prediction"])) for each in views]
    counts = Counter(flat)
    if strategy == "flat":
        return flat.index(counts.most_common(1)[0][0])
    nominees = []
    for kind in KINDS:
        own = Counter(each for each, view in zip(flat, views, strict=True) if view["kind"] == kind)
        # Of equals, the one that more views make.
        nominees.append(max(own, key=lambda each: (own[each], counts[each])))
    elected = Counter(nominees)
    return flat.index(max(elected, key=lambda each: (elected[each], counts[each])))
