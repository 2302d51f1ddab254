"""Times two Python functions in turn, in one process: fresh inputs, emptied caches, an order drawn by chance.

Asked with a JSON object: `baseline` and `candidate` (`file.py:function`), `inputs` (the same, or empty: a
function of a seed, or of nothing, that returns the arguments), `pairs`, `seed`, `cpu` (count processor
seconds, not those of the wall) and `peaks` (whether to measure them). Answers with `pairs` (seconds of one
call: baseline, candidate), `calls` in a sample, `clock`, `apart` (host clock / device events, the median,
where there are both) and `peaks` (`bytes` and `flops` a second).
"""

from __future__ import annotations

import ctypes
import gc
import json
import random
import statistics
import sys
import time
from typing import Any

from agentkit.toolchain.inside.callables import Function, Inputs, load
from agentkit.toolchain.inside.peaks import measure as measure_peaks

SAMPLE_SECONDS = 0.0005
"""A sample is as many calls as take so long; a clock is read twice for it."""
MOST_CALLS = 50
CACHE_BYTES = 32 << 20
WARMUPS = 3
REPEATS = 7
"""Of a sample, of which the fastest counts: what else runs on a machine only ever slows it down."""


class Clock:
    """The host's, and the device's own events where CUDA is in use."""

    def __init__(self, cpu: bool = False) -> None:
        torch = sys.modules.get("torch")
        self.torch = torch if torch is not None and torch.cuda.is_available() and not cpu else None
        self.now = time.process_time if cpu else time.perf_counter
        self.apart: list[float] = []
        self.on_host = ctypes.create_string_buffer(CACHE_BYTES)
        self.value = 0
        if self.torch:
            cache = getattr(self.torch.cuda.get_device_properties(0), "L2_cache_size", CACHE_BYTES)
            self.on_device = self.torch.empty(2 * cache, dtype=self.torch.int8, device="cuda")

    def empty_caches(self) -> None:
        self.value ^= 1
        ctypes.memset(self.on_host, self.value, len(self.on_host))
        if self.torch:
            self.on_device.fill_(self.value)
            self.torch.cuda.synchronize()

    def seconds(self, function: Function, inputs: list[tuple[Any, ...]]) -> float:
        """Of all these calls; their results are kept until the clock has stopped."""
        if not self.torch:
            began = self.now()
            kept = [function(*each) for each in inputs]
            took = self.now() - began
            del kept
            return took
        first, last = (self.torch.cuda.Event(enable_timing=True) for _ in range(2))
        self.torch.cuda.synchronize()
        began = time.perf_counter()
        first.record()
        kept = [function(*each) for each in inputs]
        last.record()
        self.torch.cuda.synchronize()
        host = time.perf_counter() - began
        del kept
        device = float(first.elapsed_time(last)) / 1e3
        self.apart.append(host / device if device > 0 else float("inf"))
        # The longer one counts: events miss work on other streams, the host clock misses nothing.
        return max(host, device) if host > 1.2 * device + 50e-6 else device


def measure(question: dict[str, Any]) -> dict[str, Any]:
    rng = random.Random(question["seed"])
    names = ["baseline", "candidate"]
    rng.shuffle(names)  # who is loaded first has other memory
    functions = {name: load(question[name]) for name in names}
    inputs = Inputs(question["inputs"])
    clock = Clock(question["cpu"])
    calls = 1
    for attempt in range(WARMUPS):
        for name in names:
            took = clock.seconds(functions[name], [inputs(attempt)])
            if attempt == WARMUPS - 1:
                calls = max(calls, min(MOST_CALLS, round(SAMPLE_SECONDS / max(took, 1e-9))))
    pairs = []
    gc.collect()
    gc.disable()
    for _ in range(question["pairs"]):
        seeds = [rng.getrandbits(31) for _ in range(calls)]
        best = dict.fromkeys(names, float("inf"))
        for _ in range(REPEATS):
            rng.shuffle(names)
            for name in names:
                prepared = [inputs(seed) for seed in seeds]
                clock.empty_caches()
                best[name] = min(best[name], clock.seconds(functions[name], prepared) / calls)
                del prepared
            gc.collect(0)
        pairs.append((best["baseline"], best["candidate"]))
    return {
        "pairs": pairs,
        "calls": calls,
        "clock": "device events" if clock.torch else "processor time" if question["cpu"] else "host clock",
        "apart": statistics.median(clock.apart) if clock.apart else None,
        "peaks": measure_peaks(cuda=clock.torch is not None) if question["peaks"] else None,
    }


if __name__ == "__main__":
    print(sys.argv[2] + json.dumps(measure(json.loads(sys.argv[1]))), flush=True)
