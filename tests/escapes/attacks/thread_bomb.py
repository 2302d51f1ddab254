"""Start many threads in one process. At most 150, for a few seconds."""

import os
import threading
import time
from pathlib import Path

started = 0
try:
    for _ in range(150):
        threading.Thread(target=time.sleep, args=(10,), daemon=True).start()
        started += 1
except RuntimeError as error:
    print(f"no: {error}")
time.sleep(1)
print("ready: count them", flush=True)
until = time.monotonic() + 10
while not Path("go").exists() and time.monotonic() < until:
    time.sleep(0.02)
print(f"escaped: {started} threads" if started == 150 else f"held: at {started}", flush=True)
os._exit(0)
