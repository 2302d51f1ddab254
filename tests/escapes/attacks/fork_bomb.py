"""Start many processes. At most 150, which end by themselves after ten seconds."""

import os
import time
from pathlib import Path

started = 0
try:
    for _ in range(150):
        if os.fork() == 0:
            time.sleep(10)
            os._exit(0)
        started += 1
except OSError as error:
    print(f"no: {error}")
time.sleep(1)
print("ready: count them", flush=True)
until = time.monotonic() + 10
while not Path("go").exists() and time.monotonic() < until:
    time.sleep(0.02)
print(f"escaped: {started} processes" if started == 150 else f"held: at {started}", flush=True)
os._exit(0)
