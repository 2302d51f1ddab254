"""Run before everybody else: a negative niceness, a real-time class."""

import os
import time
from collections.abc import Callable
from pathlib import Path

done = []
ways: dict[str, Callable[[], object]] = {
    "niceness": lambda: os.setpriority(os.PRIO_PROCESS, 0, -10),
    "real time": lambda: os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1)),
}
for name, way in ways.items():
    try:
        way()
        done.append(name)
    except OSError as error:
        print(f"no: {name}: {error}")
print("ready: look now", flush=True)
until = time.monotonic() + 10
while not Path("go").exists() and time.monotonic() < until:
    time.sleep(0.02)
print(f"escaped: {' '.join(done)}" if done else "held: neither is allowed")
