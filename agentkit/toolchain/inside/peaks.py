"""Peaks: the bytes and flops a second that a machine reaches, by copying and by multiplying matrices.

Asked with a JSON object that may be empty; `cuda`: of the GPU. Answers with `bytes` and `flops`, or with
nothing where numpy (for the GPU, torch) is not there.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import Any

REPEATS = 6


def measure(cuda: bool) -> dict[str, float]:
    try:
        copy, multiply, moved, done = moves_on_device() if cuda else moves_on_host()
    except ImportError:
        return {}
    return {"bytes": moved / shortest(copy), "flops": done / shortest(multiply)}


Move = Callable[[], Any]


def moves_on_host() -> tuple[Move, Move, float, float]:
    import numpy

    source = numpy.ones(1 << 26, numpy.int8)
    target = numpy.empty_like(source)
    left = numpy.ones((1024, 1024), numpy.float32)
    return lambda: numpy.copyto(target, source), lambda: left @ left, 2 * len(source), 2 * 1024**3


def moves_on_device() -> tuple[Move, Move, float, float]:
    import torch

    source = torch.ones(1 << 28, dtype=torch.int8, device="cuda")
    target = torch.empty_like(source)
    left = torch.ones(4096, 4096, dtype=torch.bfloat16, device="cuda")

    def finished(move: Move) -> Move:
        def run() -> None:
            move()
            torch.cuda.synchronize()

        return run

    copy, multiply = finished(lambda: target.copy_(source)), finished(lambda: left @ left)
    return copy, multiply, 2 * len(source), 2 * 4096**3


def shortest(move: Move) -> float:
    """Seconds of the fastest: what else runs only ever slows it down."""
    best = float("inf")
    for _ in range(REPEATS):
        began = time.perf_counter()
        move()
        best = min(best, time.perf_counter() - began)
    return best


if __name__ == "__main__":
    print(sys.argv[2] + json.dumps(measure(bool(json.loads(sys.argv[1]).get("cuda")))), flush=True)
