"""How often the `bench_ab` tool claims a difference that is none, and how often it finds one of 5 %.

First the rule alone (agentkit.statistics.side_by_side) on simulated clocks. The rule was made with the first
three shapes of noise; the fresh one was written afterwards, with its sizes chosen before it was first run.
Then, with --real N, the tool itself N times on this machine, on a loop beside itself and beside one that is
5 % longer. Exits with 1 if a simulated null is claimed in more than 5 % of the trials, or the slowdown found
in less than 90 %.

    python -m benchmarks.side_by_side [--trials 200] [--pairs 40] [--seed 20] [--scale 1] [--real 0]
"""

from __future__ import annotations

import argparse
import asyncio
import math
import random
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from agentkit import Environment, ToolContext
from agentkit.catalog.catalog import open_catalog
from agentkit.journal.blobs import Blobs
from agentkit.sandboxes.local import LocalSandbox
from agentkit.sandboxes.workspace import SnapshotWorkspace
from agentkit.statistics.side_by_side import side_by_side

SLOWDOWN = 1.05
Noise = Callable[[random.Random], float]
Clock = Callable[[random.Random], Iterator[float]]
"""How many times as long as on a quiet machine each next measurement takes, in the order of time."""


def wandering(noise: Noise) -> Clock:
    """A speed that changes between two pairs, and noise on every measurement."""

    def clock(chance: random.Random) -> Iterator[float]:
        speed = 1.0
        while True:
            speed *= 1 + chance.gauss(0, 0.02)
            yield speed * noise(chance)
            yield speed * noise(chance)

    return clock


def drifting(scale: float) -> Clock:
    """Drift that remembers (1 % at each measurement, a twentieth of it forgotten), a processor with two
    clocks 8 % apart between which it changes in one measurement of ten, and tails of Student's t with 2.5
    degrees of freedom, 1 % wide and to the slow side 2 %. All of it, times `scale`, also within a pair."""

    def clock(chance: random.Random) -> Iterator[float]:
        drift, slow = 0.0, chance.random() < 0.5
        while True:
            drift = 0.95 * drift + chance.gauss(0, 0.01)
            slow ^= chance.random() < 0.1
            tail = chance.gauss(0, 1) / math.sqrt(chance.gammavariate(1.25, 2) / 2.5)
            yield math.exp(scale * (drift + 0.08 * slow + 0.01 * (2 * tail if tail > 0 else tail)))

    return clock


def spiked(chance: random.Random) -> float:
    """A little always; one run in ten is disturbed, by a tenth or far more."""
    spike = 0.1 * chance.paretovariate(2.5) if chance.random() < 0.1 else 0.0
    return (1 + chance.gauss(0, 0.03)) * (1 + spike)


def preempted(chance: random.Random) -> float:
    """Quiet, but one run in five waits for another process and takes up to twice as long."""
    return (1 + abs(chance.gauss(0, 0.01))) * (1 + (chance.random() if chance.random() < 0.2 else 0.0))


KNOWN: Mapping[str, Clock] = {
    "normal, 3 %": wandering(lambda chance: 1 + chance.gauss(0, 0.03)),
    "spiked, heavy-tailed": wandering(spiked),
    "preempted": wandering(preempted),
}
LOOPS = """\
def short():
    total = 0
    for number in range(20000): total += number
    return total
def long():
    total = 0
    for number in range(21000): total += number
    return total
"""


def simulated(clock: Clock, slowdown: float, pairs: int, chance: random.Random) -> list[tuple[float, float]]:
    """(baseline, candidate), whichever of the two chance lets go first, as the tool does."""
    times, found = clock(chance), []
    for _ in range(pairs):
        first, second = next(times), next(times)
        baseline, candidate = chance.sample((first, second), 2)
        found.append((baseline, slowdown * candidate))
    return found


def share(clock: Clock, slowdown: float, arguments: argparse.Namespace) -> tuple[float, float]:
    """Of the trials: those in which the candidate was called slower, and in which anything was claimed."""
    chance = random.Random(arguments.seed)
    verdicts = [
        side_by_side(simulated(clock, slowdown, arguments.pairs, chance), seed).verdict
        for seed in range(arguments.trials)
    ]
    claimed = sum(each != "no detectable difference" for each in verdicts)
    return verdicts.count("higher") / len(verdicts), claimed / len(verdicts)


async def real(arguments: argparse.Namespace) -> None:
    tool = open_catalog().load("tool", "bench_ab")
    claimed = found = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name, "workspace")
        folder.mkdir()
        (folder / "loops.py").write_text(LOOPS, encoding="utf-8")
        workspace = SnapshotWorkspace(folder, Blobs(Path(name, "blobs")))
        context = ToolContext(workspace, LocalSandbox(), Environment(), Path(name, "logs"))
        for number in range(arguments.real):
            for candidate in ("short", "long"):
                asked = {"baseline": "loops.py:short", "candidate": f"loops.py:{candidate}",
                         "metric": arguments.metric, "pairs": arguments.pairs}  # fmt: skip
                result = await tool.call(context, asked)
                if not result.ok:
                    sys.exit(result.text)
                claimed += candidate == "short" and result.data["verdict"] != "no detectable difference"
                found += candidate == "long" and result.data["verdict"] == "higher"
                print(f"  {number + 1} {candidate}: {result.summary} ({result.seconds:.1f} s)", flush=True)
    print(f"real, {arguments.metric} time: {claimed} of {arguments.real} false claims; "
          f"5 % found in {found} of {arguments.real}")  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--pairs", type=int, default=40)
    parser.add_argument("--seed", type=int, default=20)
    parser.add_argument("--scale", type=float, default=1.0, help="of the fresh shape's noise")
    parser.add_argument("--real", type=int, default=0)
    parser.add_argument("--metric", choices=("wall", "cpu"), default="cpu")
    arguments = parser.parse_args()
    missed = False
    for name, clock in {**KNOWN, "a fresh shape": drifting(arguments.scale)}.items():
        null, power = share(clock, 1.0, arguments)[1], share(clock, SLOWDOWN, arguments)[0]
        missed |= null > 0.05 or power < 0.9
        print(f"{name:24} false claims {null:5.1%}   5 % slowdown found {power:6.1%}", flush=True)
    if arguments.real:
        asyncio.run(real(arguments))
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
