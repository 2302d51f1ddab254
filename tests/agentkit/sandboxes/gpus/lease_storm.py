"""Many workers lease fake devices while they are killed at random; prints what came of it as JSON.

`python lease_storm.py FOLDER WORKERS LEASES SEED`: LEASES are counted when they end in order. A job is a
shell that locks a file of its own for each device (`flock`, a program that knows nothing of agentkit) and
notes a violation where it cannot. It outlives its worker, as a job whose supervisor was killed does.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import shlex
import signal
import sys
import time
from collections import Counter
from pathlib import Path

from agentkit.sandboxes.gpus.broker import Lease, open_broker
from agentkit.sandboxes.gpus.devices import fake_devices
from agentkit.sandboxes.gpus.holder import this_process
from agentkit.sandboxes.process_tree import look

DEVICES = fake_devices("fake:8")
KILLS_A_LEASE = 0.2


def job(folder: Path, lease: Lease, seconds: float) -> str:
    """Holds all witnesses for a while; a witness held by another says so."""
    how = "-x" if lease.exclusive else "-s"
    # One whose worker was killed would go on for long.
    inner = f"sleep {seconds:.3f}; [ -d /proc/{os.getpid()} ] || sleep 5"
    for device in lease.devices:
        # Killed jobs end with other codes.
        note = f"[ $? != 99 ] || echo {device} {how} >> {shlex.quote(str(folder / 'violations'))}"
        lock = shlex.quote(str(folder / f"{device}.witness"))
        inner = f"flock -n -E 99 {how} {lock} sh -c {shlex.quote(inner)} || {note}"
    return inner


async def work(folder: Path, rng: random.Random, run: str) -> None:
    """Leases one after the other until it is killed."""
    broker = open_broker(folder / "leases", DEVICES)
    number = 0
    while True:
        number += 1
        marker = f"STORM_JOB={os.getpid()}-{number}-{time.monotonic_ns()}"
        holder = this_process(run, f"job {number}", marker)
        count = 2 if rng.random() < 0.15 else 1
        async with broker.lease(count, exclusive=rng.random() < 0.6, holder=holder) as lease:
            name, _, value = marker.partition("=")
            process = await asyncio.create_subprocess_exec(
                *("sh", "-c", job(folder, lease, rng.uniform(0.0, 0.05))),
                env={"PATH": os.environ["PATH"], name: value},
                start_new_session=True,
            )
            if rng.random() < 0.5 and (sight := look(process.pid)):
                lease.note(root=sight.identity)
            await process.wait()
        with (folder / "ended").open("a") as file:
            file.write(f"{run}\n")


def spawn(folder: Path, number: int, seed: int) -> int:
    """A forked worker: it has what this process has imported, which would cost it half a second."""
    pid = os.fork()
    if pid == 0:
        try:
            asyncio.run(work(folder, random.Random(seed), f"run {number % 5}"))
        finally:
            os._exit(1)
    return pid


def ended(folder: Path) -> list[str]:
    try:
        return (folder / "ended").read_text().split("\n")[:-1]
    except FileNotFoundError:
        return []


def storm(folder: Path, workers: int, leases: int, seed: int) -> dict[str, object]:
    rng = random.Random(seed)
    began, kills, done = time.monotonic(), 0, 0
    living = {spawn(folder, number, seed + number): number for number in range(workers)}
    while (done := len(ended(folder))) < leases and time.monotonic() - began < 900:
        time.sleep(rng.uniform(0.0, 0.04))
        while kills < KILLS_A_LEASE * len(ended(folder)):
            kills += 1
            victim = rng.choice(list(living))
            os.kill(victim, signal.SIGKILL)
            os.waitpid(victim, 0)
            number = living.pop(victim)
            living[spawn(folder, number, rng.randrange(10**9))] = number
    for pid in living:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    seconds = time.monotonic() - began
    violations = folder / "violations"
    return {
        "leases": done,
        "kills": kills + workers,
        "seconds": round(seconds, 1),
        "by_run": Counter(ended(folder)),
        "violations": violations.read_text().splitlines() if violations.exists() else [],
        "free": asyncio.run(all_free(folder)),
        "left": sorted(path.name for path in (folder / "leases" / "tickets").iterdir()),
    }


async def all_free(folder: Path) -> bool:
    """Whether one can have all eight for itself in the end."""
    broker = open_broker(folder / "leases", DEVICES)
    async with asyncio.timeout(60):
        async with broker.lease(8, exclusive=True, holder=this_process("after")) as lease:
            found = await asyncio.create_subprocess_shell(job(folder, lease, 0.0))
            await found.wait()
            return len(lease.devices) == 8
    return False


if __name__ == "__main__":
    place, *numbers = sys.argv[1:]
    print(json.dumps(storm(Path(place), *map(int, numbers))))
