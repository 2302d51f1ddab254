"""What a lease of a GPU costs, on stand-ins: alone, and many processes in line for eight devices.

The storm (workers killed at random, jobs that outlive them, a witness that knows nothing of agentkit) is the
test's own; here it is run whole.

    python -m benchmarks.gpu_leases [--leases 1000] [--workers 50] [--seed 1]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from agentkit.sandboxes.gpus.broker import open_broker
from agentkit.sandboxes.gpus.devices import fake_devices
from agentkit.sandboxes.gpus.holder import this_process

CHECKOUT = Path(__file__).parents[1]
STORM = CHECKOUT / "tests" / "agentkit" / "sandboxes" / "gpus" / "lease_storm.py"


async def alone(folder: Path, count: int) -> list[float]:
    """Wall seconds to get and give back one of eight that nobody else wants."""
    broker = open_broker(folder, fake_devices("fake:8"))
    seconds = []
    for _ in range(count):
        began = time.perf_counter()
        async with broker.lease(1, exclusive=True, holder=this_process("benchmark")):
            pass
        seconds.append(time.perf_counter() - began)
    return seconds


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--leases", type=int, default=1000)
    parser.add_argument("--workers", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        seconds = asyncio.run(alone(Path(name, "alone"), 200))
        print(f"a lease that nobody contests: median {1000 * statistics.median(seconds):.2f} ms of 200")
        storm = Path(name, "storm")
        storm.mkdir()
        command = [
            sys.executable,
            str(STORM),
            str(storm),
            *map(str, (given.workers, given.leases, given.seed)),
        ]
        done = subprocess.run(
            command,
            env={"PYTHONPATH": str(CHECKOUT), "PATH": "/usr/bin:/bin"},
            capture_output=True,
            check=True,
        )
    found = json.loads(done.stdout)
    print(
        f"{found['leases']} leases on 8 devices by {given.workers} workers, {found['kills']} of them killed: "
        f"{found['seconds']} s, {len(found['violations'])} violations, all free at the end: {found['free']}, "
        f"tickets left: {len(found['left'])}"
    )
    return 0 if found["free"] and not found["violations"] and not found["left"] else 1


if __name__ == "__main__":
    sys.exit(main())
