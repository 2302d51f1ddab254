"""How the fine-tuned network came about: `python pretrain.py FOLDER` writes base.npz and fine_tuned.npz there.

The harness has run it; what it wrote is in $AGENTKIT_DATA. Here it is to be read.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from model import Batch, Weights, loss_and_gradients, untrained
from puzzles import MOVES, TRAINING, COLOURS, CELLS

STEPS, SIZE_OF_BATCH, MOST, RATE = 2600, 128, 3, 3e-3


def draw(random: np.random.Generator) -> Batch:
    """Puzzles of the training rules, of which the network sees one to three demonstrations."""
    moves = np.array(MOVES)[np.array(TRAINING)[random.integers(0, len(TRAINING), SIZE_OF_BATCH)]]
    grids = random.integers(0, COLOURS, (SIZE_OF_BATCH, MOST + 1, CELLS))
    moved = np.take_along_axis(grids, np.broadcast_to(moves[:, None], grids.shape), 2)
    seen = np.arange(MOST)[None] < random.integers(1, MOST + 1, SIZE_OF_BATCH)[:, None]
    return Batch(grids[:, :MOST], moved[:, :MOST], seen, grids[:, MOST], moved[:, MOST])


def train(weights: Weights, seed: int) -> Weights:
    """Adam with a rate that falls to nothing over the second half."""
    random = np.random.default_rng(seed)
    first = {name: np.zeros_like(each) for name, each in weights.items()}
    second = {name: np.zeros_like(each) for name, each in weights.items()}
    for step in range(1, STEPS + 1):
        _, gradients = loss_and_gradients(weights, draw(random))
        rate = RATE * min(1.0, 2 * (STEPS - step) / STEPS + 0.02)
        for name, gradient in gradients.items():
            first[name] += 0.1 * (gradient - first[name])
            second[name] += 0.01 * (gradient**2 - second[name])
            speed = first[name] / (1 - 0.9**step)
            weights[name] -= rate * speed / (np.sqrt(second[name] / (1 - 0.99**step)) + 1e-8)
    return weights


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    np.savez(folder / "base.npz", **untrained(1))
    np.savez(folder / "fine_tuned.npz", **train(untrained(1), 0))
