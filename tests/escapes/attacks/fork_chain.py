"""Always be another process: each starts the next and ends. For at most eight seconds."""

import os
import time
from pathlib import Path

print("tried: off it goes", flush=True)
until = time.monotonic() + 8
while time.monotonic() < until:
    if os.fork() != 0:
        os._exit(0)
    if os.getpid() % 3 == 0:
        os.setsid()
    with Path("beat").open("a") as beat:
        beat.write(".")
    time.sleep(0.005)
