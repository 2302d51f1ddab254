"""Hold 400 MB of memory in five processes, each of them below the limit."""

import os
import time
from pathlib import Path

for _ in range(5):
    if os.fork() == 0:
        kept = bytearray(b"x") * (80 << 20)
        time.sleep(10)
        os._exit(len(kept) & 1)
time.sleep(1)
print("ready: weigh them", flush=True)
until = time.monotonic() + 10
while not Path("go").exists() and time.monotonic() < until:
    time.sleep(0.02)
print("escaped: 400 MB in five processes", flush=True)
os._exit(0)
