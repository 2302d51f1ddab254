"""Counts the examples that `learn` draws for four linear rules, and tries what it has learnt on others."""

import json
import os
import random
from pathlib import Path
from typing import Any

from classifier import learn  # type: ignore[import-not-found]  # the candidate's, laid beside

FEATURES = 12
WRONG = 0.02
TRIALS = 800
TARGET = 0.85
MOST = 20_000


class Spent(Exception):
    pass


class Rule:
    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.weights = [rng.gauss(0.0, 1.0) for _ in range(FEATURES)]
        self.count = 0

    def example(self) -> tuple[list[float], int]:
        numbers = [self.rng.gauss(0.0, 1.0) for _ in range(FEATURES)]
        return numbers, 1 if product(self.weights, numbers) > 0 else -1

    def draw(self) -> tuple[list[float], int]:
        self.count += 1
        if self.count > MOST:
            raise Spent
        numbers, label = self.example()
        return numbers, -label if self.rng.random() < WRONG else label

    def accuracy(self, weights: list[float]) -> float:
        trials = [self.example() for _ in range(TRIALS)]
        return sum(label * product(weights, numbers) > 0 for numbers, label in trials) / TRIALS


def product(weights: list[float], example: list[float]) -> float:
    return sum(weight * each for weight, each in zip(weights, example, strict=True))


def measure(seed: int) -> dict[str, Any]:
    counts, accuracies = list[int](), list[float]()
    for number in range(4):
        # Each rule has numbers of its own: how many another has drawn changes nothing.
        rule = Rule(random.Random(f"{seed}/{number}"))
        try:
            weights = learn(rule.draw, FEATURES)
        except Spent:
            return {"metrics": {}, "valid": False, "reason": f"more than {MOST:,} examples"}
        counts.append(rule.count)
        accuracies.append(rule.accuracy(weights))
    accuracy = sum(accuracies) / len(accuracies)
    metrics = {"examples": sum(counts) / len(counts), "accuracy": accuracy}
    if accuracy < TARGET:
        reason = f"{100 * accuracy:.1f} % right, where {100 * TARGET:.0f} % were wanted"
        return {"metrics": metrics, "valid": False, "reason": reason}
    return {"metrics": metrics, "valid": True, "reason": ""}


if __name__ == "__main__":
    result = measure(int(os.environ["AGENTKIT_SEED"]))
    Path(os.environ["AGENTKIT_RESULT"]).write_text(json.dumps(result), encoding="utf-8")
