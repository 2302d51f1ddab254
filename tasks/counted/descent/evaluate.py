"""Counts the gradients that `minimise` asks for on three random quadratics, and looks where it ends."""

import json
import math
import os
import random
from pathlib import Path
from typing import Any

from descent import minimise  # type: ignore[import-not-found]  # the candidate's, laid beside

DIMENSIONS = 12
STIFFNESS = 100.0
PRECISION = 1e-4
MOST = 5000


class Spent(Exception):
    pass


class Quadratic:
    """Curvatures from 1 to STIFFNESS, along axes that a reflection has turned."""

    def __init__(self, rng: random.Random) -> None:
        inner = [STIFFNESS ** rng.random() for _ in range(DIMENSIONS - 2)]
        self.curvatures = [1.0, *inner, STIFFNESS]
        self.lowest = [rng.gauss(0.0, 1.0) for _ in range(DIMENSIONS)]
        normal = [rng.gauss(0.0, 1.0) for _ in range(DIMENSIONS)]
        size = length(normal)
        self.normal = [each / size for each in normal]
        self.count = 0

    def reflected(self, vector: list[float]) -> list[float]:
        along = sum(each * other for each, other in zip(self.normal, vector, strict=True))
        return [each - 2 * along * other for each, other in zip(vector, self.normal, strict=True)]

    def slope(self, point: list[float]) -> list[float]:
        turned = self.reflected([x - low for x, low in zip(point, self.lowest, strict=True)])
        return self.reflected([curve * each for curve, each in zip(self.curvatures, turned, strict=True)])

    def gradient(self, point: list[float]) -> list[float]:
        self.count += 1
        if self.count > MOST:
            raise Spent
        return self.slope(point)


def length(vector: list[float]) -> float:
    return math.sqrt(sum(each * each for each in vector))


def measure(seed: int) -> dict[str, Any]:
    rng, counts = random.Random(seed), list[int]()
    for _ in range(3):
        function = Quadratic(rng)
        start = [0.0] * DIMENSIONS
        tolerance = PRECISION * length(function.slope(start))
        try:
            point = minimise(function.gradient, start, STIFFNESS, tolerance)
        except Spent:
            return {"metrics": {}, "valid": False, "reason": f"more than {MOST:,} gradients"}
        counts.append(function.count)
        if not length(function.slope(point)) <= tolerance:
            reason = "the gradient is longer than the tolerance at the point that was returned"
            return {"metrics": {}, "valid": False, "reason": reason}
    return {"metrics": {"gradients": sum(counts) / len(counts)}, "valid": True, "reason": ""}


if __name__ == "__main__":
    result = measure(int(os.environ["AGENTKIT_SEED"]))
    Path(os.environ["AGENTKIT_RESULT"]).write_text(json.dumps(result), encoding="utf-8")
